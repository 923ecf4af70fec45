"""Generated blocks inside files that are written by hand: everything between two marking comments."""
import re


def replace(text, name, lines, comment="#", closing=""):
    """The text with `lines` between the comments "generated: NAME" and "end", indented as the first of them."""
    pattern = rf"^(?P<indent> *){comment} generated: {re.escape(name)}{closing}\n.*?^(?P=indent){comment} end{closing}$"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if not found:
        raise SystemExit(f"there is no block {name!r}")
    indent = found["indent"]
    body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
    block = f"{indent}{comment} generated: {name}{closing}\n{body}{indent}{comment} end{closing}"
    return text[: found.start()] + block + text[found.end() :]
