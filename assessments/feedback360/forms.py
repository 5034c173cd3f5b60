"""The shape of what 360° pages ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from assessments.feedback360.words import PURPOSES
from lms.forms import Form, choices
from lms.i18n import LANGUAGE_NAMES

TEMPLATES = {"key_accounts": _l("The practice of key-account selling, by Needle"), "blank": _l("An empty questionnaire")}


class CycleForm(Form):
    name_zh = StringField(_l("Name in Chinese"), [Length(max=200)])
    name_en = StringField(_l("Name in English"), [Length(max=200)])
    purpose = RadioField(_l("Purpose"), [InputRequired()], choices=lambda: choices(PURPOSES), default="development",
                         description=_l("It is said to everybody who takes part, and stays as it is."))  # fmt: skip
    questionnaire = SelectField(_l("Questionnaire"), coerce=int)
    numbers = TextAreaField(_l("Person numbers"), [Length(max=200_000)],
                            description=_l("One per line, or separated by commas or blanks."))  # fmt: skip
    nominate_until = DateField(_l("Nominate until"), [InputRequired()])
    closes_on = DateField(_l("Answers until"), [InputRequired()])
    remind_days = IntegerField(_l("Remind every so many days"), [Optional(), NumberRange(1, 60)], default=5,
                               description=_l("Only those who have not answered. Leave empty for no reminder."))  # fmt: skip
    least_peer = IntegerField(_l("Peers, at least"), [InputRequired(), NumberRange(3, 20)], default=3)
    most_peer = IntegerField(_l("Peers, at most"), [InputRequired(), NumberRange(0, 20)], default=8)
    least_report = IntegerField(_l("Direct reports, at least"), [InputRequired(), NumberRange(3, 20)], default=3)
    most_report = IntegerField(_l("Direct reports, at most"), [InputRequired(), NumberRange(0, 20)], default=10)
    least_customer = IntegerField(_l("Customers, at least"), [InputRequired(), NumberRange(3, 20)], default=3)
    most_customer = IntegerField(_l("Customers, at most"), [InputRequired(), NumberRange(0, 20)], default=6,
                                 description=_l("Write 0 for a group that is not asked."))  # fmt: skip


class CustomerForm(Form):
    name = StringField(_l("Name of the customer"), [InputRequired(), Length(max=200)])
    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254), Email()],
                       description=_l("The link in the mail works once, without an account."))  # fmt: skip
    locale = SelectField(_l("Language of the mail"), choices=lambda: choices(LANGUAGE_NAMES), default="zh_Hans")


class DecideForm(Form):
    reason = StringField(_l("Why the others are turned down"), [Length(max=500)],
                         description=_l("Only needed if you leave somebody out."))  # fmt: skip


class DeclineForm(Form):
    reason = StringField(_l("Why you cannot give this feedback"), [Length(max=500)],
                         description=_l("Those who run the feedback read it."))  # fmt: skip


class NewQuestionnaireForm(Form):
    template = RadioField(_l("Begin with"), [InputRequired()], choices=lambda: choices(TEMPLATES), default="key_accounts")
    code = StringField(_l("Code"), [InputRequired(), Length(max=64)], description=_l("A short name, like F-KEY. It stays for good."))
    title_zh = StringField(_l("Title in Chinese"), [Length(max=200)], description=_l("Leave empty to keep the template’s."))
    title_en = StringField(_l("Title in English"), [Length(max=200)])


class CompetencyForm(Form):
    name_zh = StringField(_l("Name in Chinese"), [Length(max=200)])
    name_en = StringField(_l("Name in English"), [Length(max=200)])
    word = StringField(_l("Word used by courses"), [Length(max=200)],
                       description=_l("As in the competencies of the courses that train it: then the report can recommend them."))  # fmt: skip


class CommentForm(Form):
    text_zh = StringField(_l("Text in Chinese"), [Length(max=500)])
    text_en = StringField(_l("Text in English"), [Length(max=500)])


class ItemForm(Form):
    text_zh = StringField(_l("Behaviour in Chinese"), [Length(max=500)])
    text_en = StringField(_l("Behaviour in English"), [Length(max=500)])
    anchor1_zh = StringField(_l("Level %(level)s in Chinese", level=1), [Length(max=500)])
    anchor1_en = StringField(_l("Level %(level)s in English", level=1), [Length(max=500)])
    anchor2_zh = StringField(_l("Level %(level)s in Chinese", level=2), [Length(max=500)])
    anchor2_en = StringField(_l("Level %(level)s in English", level=2), [Length(max=500)])
    anchor3_zh = StringField(_l("Level %(level)s in Chinese", level=3), [Length(max=500)])
    anchor3_en = StringField(_l("Level %(level)s in English", level=3), [Length(max=500)])
    anchor4_zh = StringField(_l("Level %(level)s in Chinese", level=4), [Length(max=500)])
    anchor4_en = StringField(_l("Level %(level)s in English", level=4), [Length(max=500)])
    anchor5_zh = StringField(_l("Level %(level)s in Chinese", level=5), [Length(max=500)])
    anchor5_en = StringField(_l("Level %(level)s in English", level=5), [Length(max=500)])
