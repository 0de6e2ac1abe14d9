"""`python -m training.docs` writes the generated pages; with --check it only compares them."""

import argparse
import sys

from training.docs.pages import stale_pages, write_pages


def main(args: list[str] | None = None) -> int:
    """Return the exit status: 1 where --check finds a page out of step."""
    parser = argparse.ArgumentParser(prog="python -m training.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args(args).check:
        write_pages()
        return 0
    stale = stale_pages()
    for name in stale:
        sys.stderr.write(f"docs/{name} is out of step with the code: run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
