"""The example of the README prints what the README says."""

import re
import subprocess
import sys
from pathlib import Path


def test_the_example_prints_what_is_shown() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text()
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)
    assert found
    code, shown = found.groups()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == shown
