"""`NodeServices`: calls the services of the node under test."""

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import SetParameters
from rclpy.client import Client
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.task import Future
from std_srvs.srv import Trigger
from waiting import PATIENCE_S, wait_until

USUAL = {
    "change_state": ChangeState,
    "get_state": GetState,
    "set_parameters": SetParameters,
    "relocalize": Trigger,
    "reload": Trigger,
}


class NodeServices:
    """Clients of the node's services.

    They are there before the node is: an answer is lost where the service does not know its client
    yet, and it comes to know the clients as it starts.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self._clients: dict[str, Client] = {}
        for name, kind in USUAL.items():
            self._client(kind, name)

    def is_there(self) -> bool:
        """Whether the node answers."""
        return all(client.service_is_ready() for client in self._clients.values())

    def begin(self, name: str, request: object, kind: type | None = None) -> Future:
        """Call a service of the node; return the answer to come. `kind`: of one not listed here."""
        client = self._client(kind or USUAL[name], name)
        wait_until(client.service_is_ready)
        return client.call_async(request)

    def call(self, kind: type, name: str, request: object, timeout_s: float = PATIENCE_S) -> object:
        """Call a service of the node; return its answer."""
        future = self.begin(name, request, kind)
        wait_until(future.done, timeout_s)
        return future.result()

    def trigger(self, name: str) -> object:
        """Call a service of type Trigger; return success and message."""
        return self.call(Trigger, name, Trigger.Request())

    def begin_transition(self, name: str) -> Future:
        number = getattr(Transition, f"TRANSITION_{name.upper()}")
        return self.begin("change_state", ChangeState.Request(transition=Transition(id=number)))

    def transition(self, name: str) -> bool:
        future = self.begin_transition(name)
        wait_until(future.done)
        return future.result().success

    def state(self) -> str:
        return self.call(GetState, "get_state", GetState.Request()).current_state.label

    def set_parameter(self, name: str, value: object) -> object:
        """Return the result: successful, reason."""
        parameter = Parameter(name, value=value).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        return self.call(SetParameters, "set_parameters", request).results[0]

    def _client(self, kind: type, name: str) -> Client:
        if name not in self._clients:
            self._clients[name] = self.node.create_client(kind, f"/vmloc/{name}")
        return self._clients[name]
