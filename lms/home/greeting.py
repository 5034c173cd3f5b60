"""Which part of the day it is. Pure."""


def day_part(hour: int) -> str:
    """'night' (22–5), 'morning' (5–11), 'noon' (11–13), 'afternoon' (13–18) or 'evening' (18–22) for an hour 0–23."""
    for end, part in ((5, "night"), (11, "morning"), (13, "noon"), (18, "afternoon"), (22, "evening")):
        if hour < end:
            return part
    return "night"
