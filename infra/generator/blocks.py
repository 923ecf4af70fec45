"""Generated blocks in files that are otherwise written by hand, between two marking comments."""
import re


def replace(text, name, lines, comment="#", closing=""):
    """Replaces the lines between the comments "generated: NAME" and "end", with the indentation of the first."""
    pattern = rf"^(?P<indent> *){comment} generated: {re.escape(name)}{closing}\n.*?^(?P=indent){comment} end{closing}$"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if not found:
        raise SystemExit(f"there is no block {name!r}")
    indent = found["indent"]
    body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
    block = f"{indent}{comment} generated: {name}{closing}\n{body}{indent}{comment} end{closing}"
    return text[: found.start()] + block + text[found.end() :]
