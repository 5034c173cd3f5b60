"""Needle's own survey templates, in Chinese and English: content as in a survey file. Pure."""

from __future__ import annotations

from typing import Any

Text = dict[str, str]


def _t(zh: str, en: str) -> Text:
    return {"zh_Hans": zh, "en": en}


def _options(*texts: Text) -> list[dict[str, Any]]:
    return [{"id": chr(97 + at), "text": text} for at, text in enumerate(texts)]


def _rows(*texts: Text) -> list[dict[str, Any]]:
    return [{"id": f"r{at}", "text": text} for at, text in enumerate(texts, 1)]


AGREEMENT = _options(
    _t("完全不同意", "Strongly disagree"),
    _t("不太同意", "Disagree"),
    _t("说不清", "Neither"),
    _t("比较同意", "Agree"),
    _t("完全同意", "Strongly agree"),
)
FREQUENCY = _options(
    _t("从未", "Never"),
    _t("很少", "Rarely"),
    _t("有时", "Sometimes"),
    _t("经常", "Often"),
    _t("几乎每次", "Almost always"),
)


def _section(id_: str, zh: str, en: str) -> dict[str, Any]:
    return {"id": id_, "kind": "section", "text": _t(zh, en)}


REACTION: dict[str, Any] = {
    "purpose": "reaction",
    "anonymous": True,
    "title": _t("课后反馈", "After the course"),
    "intro": _t("大约需要三分钟。您的反馈将直接用于改进课程。", "It takes about three minutes. What you say goes straight into improving the course."),
    "thanks": _t("谢谢。我们会公布结果和改进措施。", "Thank you. We will tell you what came out of it and what changes."),
    "items": [
        _section("s1", "内容与收获", "What it gave you"),
        {
            "id": "q1", "kind": "likert", "required": True, "measure": True, "options": AGREEMENT,
            "text": _t("您在多大程度上同意下列说法？", "How far do you agree?"),
            "rows": _rows(
                _t("课程内容与我的客户工作密切相关。", "The course was about my own work with customers."),
                _t("我清楚接下来在客户那里要做哪些不同的事。", "I know what I will do differently with my customers."),
                _t("我有信心把学到的用起来。", "I am confident that I can use what I learned."),
                _t("案例和练习真实可信。", "The cases and exercises were true to life."),
            ),
        },
        {
            "id": "q2", "kind": "nps", "required": True,
            "text": _t("您有多大可能把这门课程推荐给同事？", "How likely are you to recommend this course to a colleague?"),
            "low": _t("完全不可能", "Not at all likely"), "high": _t("非常可能", "Extremely likely"),
        },
        {
            "id": "q3", "kind": "open", "text": _t("哪一点最可惜、最该改？", "What disappointed you most, and what should change?"),
            "condition": {"question": "q2", "values": [str(n) for n in range(7)]},
        },
        _section("s2", "落地", "On the job"),
        {
            "id": "q4", "kind": "multiple", "text": _t("什么可能妨碍您运用所学？", "What may keep you from using it?"),
            "options": _options(
                _t("没有时间", "No time"), _t("缺少合适的客户", "No suitable customer"),
                _t("经理不支持", "No support from my manager"), _t("缺少工具或资料", "Tools or material are missing"),
                _t("没有什么妨碍", "Nothing"),
            ),
        },
        {"id": "q5", "kind": "open", "text": _t("课程中对您最有用的是什么？", "What was most useful to you?")},
    ],
}

_PRACTICES = _rows(
    _t("拜访前写下要弄清的客户问题", "Writes down before a visit what to find out about the customer"),
    _t("先弄清需求再谈方案和价格", "Finds out the need before talking of solution and price"),
    _t("与客户内部多个角色保持联系", "Keeps in touch with several people at the customer"),
    _t("每次会谈都以双方确认的下一步结束", "Ends each meeting with a next step that both agreed on"),
)
_OWN_PRACTICES = _rows(
    _t("拜访前写下要弄清的客户问题", "I write down before a visit what to find out about the customer"),
    _t("先弄清需求再谈方案和价格", "I find out the need before talking of solution and price"),
    _t("与客户内部多个角色保持联系", "I keep in touch with several people at the customer"),
    _t("每次会谈都以双方确认的下一步结束", "I end each meeting with a next step that both agreed on"),
)

BEHAVIOUR_SELF: dict[str, Any] = {
    "purpose": "behaviour",
    "anonymous": False,
    "title": _t("训后行为回访（本人）", "On the job after the course (own view)"),
    "intro": _t("请回想最近四周的客户工作。", "Please think of your work with customers in the last four weeks."),
    "thanks": _t("谢谢。", "Thank you."),
    "items": [
        {
            "id": "q1", "kind": "likert", "required": True, "measure": True, "options": FREQUENCY, "rows": _OWN_PRACTICES,
            "text": _t("最近四周，您多久这样做一次？", "How often did you do this in the last four weeks?"),
        },
        {
            "id": "q2", "kind": "single", "required": True, "text": _t("您用上课程所学了吗？", "Have you used what you learned?"),
            "options": _options(_t("用上了", "Yes"), _t("用了一部分", "In part"), _t("还没有", "Not yet")),
        },
        {
            "id": "q3", "kind": "open", "text": _t("请举一个例子：在哪个客户那里，结果如何？", "An example: with which customer, and what came of it?"),
            "condition": {"question": "q2", "values": ["a", "b"]},
        },
        {
            "id": "q4", "kind": "ranking", "text": _t("什么妨碍了您？请从最主要的排起。", "What kept you from it? Begin with what matters most."),
            "options": _options(_t("时间", "Time"), _t("机会", "Opportunity"), _t("支持", "Support"), _t("把握", "Confidence")),
            "condition": {"question": "q2", "values": ["b", "c"]},
        },
    ],
}

BEHAVIOUR_MANAGER: dict[str, Any] = {
    "purpose": "behaviour",
    "anonymous": False,
    "title": _t("训后行为回访（经理）", "On the job after the course (manager’s view)"),
    "intro": _t("请按您亲眼所见作答。没有机会观察的，请直接说明。", "Please answer from what you have seen. Say so where you had no opportunity to see it."),
    "thanks": _t("谢谢。", "Thank you."),
    "items": [
        {
            "id": "q1", "kind": "likert", "required": True, "measure": True, "options": FREQUENCY, "rows": _PRACTICES,
            "text": _t("最近四周，您看到这位同事多久这样做一次？", "In the last four weeks, how often did you see this colleague do it?"),
        },
        {
            "id": "q2", "kind": "number", "required": False, "unit": "", "text": _t("您陪同拜访了几次？", "On how many visits did you go along?"),
        },
        {
            "id": "q3", "kind": "single", "required": True, "text": _t("与培训前相比如何？", "Compared with before the course?"),
            "options": _options(_t("明显更好", "Clearly better"), _t("略好", "Somewhat better"), _t("没有变化", "No change"), _t("变差", "Worse")),
        },
        {"id": "q4", "kind": "open", "text": _t("您打算怎样继续支持他/她？", "How will you go on supporting them?")},
    ],
}

NEEDS: dict[str, Any] = {
    "purpose": "needs",
    "anonymous": True,
    "title": _t("培训需求调查", "Training needs"),
    "intro": _t("告诉我们什么会让您的工作更顺手。", "Tell us what would make your work easier."),
    "thanks": _t("谢谢。结果将用于制定下季度培训计划。", "Thank you. The results go into the plan for the next quarter."),
    "items": [
        {
            "id": "q1", "kind": "likert", "required": True,
            "text": _t("您在下列方面有多大把握？", "How confident are you in each of these?"),
            "options": _options(_t("没有把握", "Not confident"), _t("不太有把握", "Not very confident"), _t("一般", "So so"),
                                _t("比较有把握", "Confident"), _t("很有把握", "Very confident")),
            "rows": _rows(
                _t("挖掘客户需求", "Finding out what the customer needs"), _t("方案呈现与价值量化", "Presenting a solution and its value"),
                _t("商务谈判", "Negotiating"), _t("回款管理", "Collecting payments"), _t("大客户规划", "Planning for key accounts"),
            ),
        },
        {
            "id": "q2", "kind": "ranking", "text": _t("您希望怎样学？请从最希望的排起。", "How would you like to learn? Begin with what you like best."),
            "options": _options(_t("课堂讨论", "Classroom"), _t("线上课程", "Online"), _t("角色扮演", "Role-play"), _t("经理陪访辅导", "Coaching on visits")),
        },
        {"id": "q3", "kind": "rating", "required": True, "points": 5, "text": _t("本季度您能抽出多少时间学习？", "How much time can you find for learning this quarter?"),
         "low": _t("几乎没有", "Hardly any"), "high": _t("很充裕", "Plenty")},
        {"id": "q4", "kind": "open", "text": _t("最近一次丢单或受阻，缺的是什么？", "Think of a deal you lost or that got stuck: what was missing?")},
        {"id": "q5", "kind": "short", "text": _t("还有哪个主题希望安排？", "Which other topic should there be?")},
    ],
}

SATISFACTION: dict[str, Any] = {
    "purpose": "satisfaction",
    "anonymous": True,
    "title": _t("客户满意度调查", "Customer satisfaction"),
    "intro": _t("感谢贵公司的信任。六个问题，大约两分钟。", "Thank you for your trust. Six questions, about two minutes."),
    "thanks": _t("非常感谢。您的意见会直接送达负责团队。", "Thank you very much. What you said goes straight to the team in charge."),
    "items": [
        {"id": "q1", "kind": "rating", "required": True, "measure": True, "points": 5,
         "text": _t("总体而言，您对我们的服务满意吗？", "All in all, how satisfied are you with us?"),
         "low": _t("很不满意", "Very dissatisfied"), "high": _t("很满意", "Very satisfied")},
        {
            "id": "q2", "kind": "likert", "required": True, "options": AGREEMENT,
            "text": _t("您在多大程度上同意？", "How far do you agree?"),
            "rows": _rows(
                _t("客户经理了解我们的业务。", "Our account manager understands our business."),
                _t("承诺的事情按时做到。", "What is promised is done on time."),
                _t("出现问题时反应迅速。", "When something goes wrong, the reaction is quick."),
            ),
        },
        {"id": "q3", "kind": "nps", "required": True, "text": _t("您有多大可能把我们推荐给同行？", "How likely are you to recommend us to others in your industry?"),
         "low": _t("完全不可能", "Not at all likely"), "high": _t("非常可能", "Extremely likely")},
        {"id": "q4", "kind": "open", "text": _t("我们最该先改进什么？", "What should we improve first?"),
         "condition": {"question": "q3", "values": [str(n) for n in range(9)]}},
        {"id": "q5", "kind": "open", "text": _t("您最看重我们的哪一点？", "What do you value most in us?"),
         "condition": {"question": "q3", "values": ["9", "10"]}},
        {"id": "q6", "kind": "short", "text": _t("今年还有哪些计划是我们可以出力的？", "What else are you planning this year in which we could help?")},
    ],
}

BLANK: dict[str, Any] = {
    "purpose": "other", "anonymous": True, "title": _t("新问卷", "New survey"), "intro": {}, "thanks": _t("谢谢。", "Thank you."), "items": [],
}

TEMPLATES: dict[str, dict[str, Any]] = {
    "reaction": REACTION,
    "behaviour_self": BEHAVIOUR_SELF,
    "behaviour_manager": BEHAVIOUR_MANAGER,
    "needs": NEEDS,
    "satisfaction": SATISFACTION,
    "blank": BLANK,
}
