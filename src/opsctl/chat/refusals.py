"""What a person is told in private whose word does not count, or could not be carried out."""

from opsctl.core.errors import OpsctlError
from opsctl.core.masking import masked
from opsctl.core.post import Post


def refusal(error: OpsctlError) -> Post:
    """What happened, what it means, what to do next; the usage of a command in letters of one width."""
    text = "\n".join(line for line in error.lines if line)
    usage = text.find("\nUsage: ")
    block = ""
    if usage >= 0:
        text, block = text[:usage], text[usage + 1 :]
    return _masked(Post(f"⚠️ {text}", block=block))


def own_mistake(number: str) -> Post:
    """Opsctl met an error of its own; `number` finds it in the relay's log. Never the error's own text."""
    return Post(
        f"⚠️ opsctl met an error of its own (number {number}).\n"
        "If a change was running, what became of it is found out and told here.\n"
        "In a terminal you can go on: opsctl operations --open"
    )


def lost_for_words(text: str) -> Post:
    """A refusal of which only its text is left, in the journal."""
    return _masked(Post(f"⚠️ {text}"))


NOT_A_VOTE = Post("Only ✅ and ❌ count as an answer here. Take this one back and react with one of them.")


def _masked(post: Post) -> Post:
    return Post(str(masked(post.text)), block=str(masked(post.block)))
