"""The embedded pager: calls a team where it talks."""

from dataclasses import dataclass

from opsctl.core.ports import Chat, Page
from opsctl.core.post import Post


@dataclass(frozen=True, slots=True)
class RoomPager:
    """A post that mentions everybody in the team, in the channel where they usually are."""

    chat: Chat

    def page(self, page: Page) -> None:
        """Post it, or find it under its key."""
        text = (
            f"📟 {page.severity.upper().replace('SEV', 'SEV-')}: {page.title}\n{page.team} is needed in {page.channel}."
        )
        post = Post(text, calls=page.people)
        self.chat.post(page.reach_in, post, key=f"{page.key}/page", tried=page.asked_at)
