"""What opsctl says in a chat, the same on every platform: announcements, answers, help. Knows no platform's markup."""
