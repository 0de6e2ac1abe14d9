import sys

from vmloc_ros.ros.checkup.finding import Level
from vmloc_ros.ros.checkup.packages import (
    REQUIRED,
    Package,
    import_failure,
    judge_packages,
    observe_packages,
)


def test_the_packages_here_fit_together():
    packages = observe_packages()
    assert [package.module for package in packages] == list(REQUIRED)
    assert all(package.version and not package.failure for package in packages)
    assert {finding.level for finding in judge_packages(packages)} == {Level.OK}


def test_operators_of_another_build_of_torch_are_an_error_with_the_mend():
    broken = Package("torchvision.ops", "0.20", "operator torchvision::nms does not exist")
    _, good, bad = judge_packages([Package("torch", "2.8", ""), broken])
    assert good.message == "torch 2.8"
    assert bad.level == Level.ERROR
    assert "operator torchvision::nms does not exist" in bad.message
    assert "pip install -U torch torchvision" in bad.mend


def test_whatever_a_compiled_module_raises_becomes_one_line(tmp_path, monkeypatch):
    (tmp_path / "built_for_numpy_1.py").write_text("raise AttributeError('_ARRAY_API\\nmissing')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert import_failure("built_for_numpy_1") == "_ARRAY_API missing"
    assert "built_for_numpy_1" not in sys.modules


def test_a_module_that_is_not_there_is_named():
    assert import_failure("vmloc_none") == "No module named 'vmloc_none'"
