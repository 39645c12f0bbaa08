"""`mr`: the description of a phase's merge request, and its commit, which git alone writes.

- work: what is known about the type, and what the phase contains
- references: the issues, and the merge requests before it
- description: the text, by the template of the phase
- shape: the sections of a description in the order of the checkout's own template
- sections: Markdown as its sections and quick actions
- rollout: the rollout issue of the flags
- message: the message of the commit, by GitLab's rules
- commits: which part of each file is committed
"""

from geo_scaffold.verbs.mr.description import describe
from geo_scaffold.verbs.mr.message import Message, message_for
from geo_scaffold.verbs.mr.rollout import roll_out
from geo_scaffold.verbs.mr.work import Work, work_on

__all__ = ["Message", "Work", "describe", "message_for", "roll_out", "work_on"]
