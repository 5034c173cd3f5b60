"""The demo's role-plays: a rubric and three scenarios of key-account selling, in Chinese with English beside."""

from __future__ import annotations

from typing import Any

from lms.db import LocalText


def _t(en: str, hans: str) -> LocalText:
    return {"en": en, "zh_Hans": hans}


def _levels(key: str, title: LocalText, weight: str, competency: str, *anchors: LocalText) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "kind": "levels",
        "weight": weight,
        "blocks_below": None,
        "competency": competency,
        "levels": [{"points": str(i), "anchor": anchor} for i, anchor in enumerate(anchors)],
    }


RUBRIC_TITLE = _t("A talk with a key account", "大客户面谈评分标准")
RUBRIC: dict[str, Any] = {
    "pass_mark": "3/5",
    "criteria": [
        _levels(
            "needs", _t("Finds out what the customer needs", "挖掘客户需求"), "3", "Needs analysis",
            _t("Talks about products; asks nothing.", "一直介绍产品，没有提问。"),
            _t("Asks closed questions; does not follow up.", "只问封闭式问题，不追问。"),
            _t("Asks open questions and follows up once.", "能提开放式问题，并追问一次。"),
            _t("Gets from the symptom to its cost, and has the customer name it.", "由现象问到损失，并让客户自己说出数字。"),
        ),
        _levels(
            "listening", _t("Listens", "倾听"), "2", "Communication",
            _t("Interrupts, or answers another question.", "打断客户，或答非所问。"),
            _t("Lets the customer finish; does not pick up what was said.", "让客户说完，但没有回应要点。"),
            _t("Sums up in own words and asks whether it is right.", "用自己的话复述，并请客户确认。"),
            _t("Also picks up what was only hinted at.", "还能接住客户没有明说的顾虑。"),
        ),
        _levels(
            "value", _t("Shows the value in the customer’s figures", "用客户的数字讲价值"), "3", "Value selling",
            _t("Lists features.", "罗列产品参数。"),
            _t("Names an advantage without a figure.", "讲了好处，但没有数字。"),
            _t("Reckons with an assumed figure.", "用假设的数字算账。"),
            _t("Reckons with figures the customer gave in this talk.", "用客户刚才给出的数字算账。"),
        ),
        _levels(
            "objection", _t("Handles an objection", "处理异议"), "2", "Objection handling",
            _t("Contradicts or gives in at once.", "直接反驳，或立刻让步。"),
            _t("Answers without knowing what is behind it.", "没弄清原因就回答。"),
            _t("Asks what is behind it before answering.", "先问清异议背后的原因再回答。"),
            _t("Has the customer confirm that it is settled.", "回答之后请客户确认顾虑已解除。"),
        ),
        _levels(
            "next_step", _t("Agrees on the next step", "约定下一步"), "2", "Closing",
            _t("Ends with “think about it”.", "以“您再考虑考虑”结束。"),
            _t("Says what they will send.", "只说自己会发资料。"),
            _t("Agrees on a date.", "约定了日期。"),
            _t("Agrees on date, people and what is decided there.", "约定了日期、参会人和要决定的事项。"),
        ),
        {
            "key": "honest",
            "title": _t("Promises nothing the company cannot keep", "不做公司无法兑现的承诺"),
            "kind": "yes_no",
            "weight": "0",
            "blocks_below": "1",
            "competency": "Compliance",
            "levels": [
                {"points": "0", "anchor": _t("Promises a delivery date, price or result without any ground.", "无依据地承诺交期、价格或效果。")},
                {"points": "1", "anchor": _t("Says what is certain and what has to be checked.", "分清已确定的事和需要核实的事。")},
            ],
        },
    ],
}  # fmt: skip

SCENARIOS: tuple[tuple[str, LocalText, dict[str, Any]], ...] = (
    (
        "RP-01",
        _t("First talk with a plant manager", "与厂长的第一次面谈"),
        {
            "company": _t(
                "Jinglan Precision, Suzhou: 600 people, gearbox parts for two car makers",
                "苏州晶岚精密：600 人，为两家整车厂供应变速箱零件",
            ),
            "person": _t("Gao Wenbo", "高文博"),
            "position": _t("Plant manager", "厂长"),
            "conversation": True,
            "buying_role": "decider",
            "mood": _t("Friendly, but has 15 minutes and looks at the clock", "客气，但只有 15 分钟，不时看表"),
            "situation": _t(
                "You were introduced by a supplier. Nobody from your company has been there before.",
                "由一家供应商引荐，公司此前没有人拜访过。",
            ),
            "goal": _t(
                "Learn what trouble in quality control costs him, and agree on a visit to the line.",
                "了解质量检测的问题给他造成多少损失，并约定参观产线。",
            ),
            "known": _t(
                "They measure by hand at the end of the line. One of the car makers audited them in spring.",
                "目前在产线末端人工测量。其中一家整车厂春季做过审核。",
            ),
            "hidden": _t(
                "Two recalls last year cost 1.8 million. The audit asks for 100 % inspection by June. "
                "The budget lies with the group and has to be asked for by the end of the month.",
                "去年两次召回损失 180 万元。审核要求 6 月前实现全检。预算在集团，月底前必须提交申请。",
            ),
            "model": _t(
                "“You measure at the end of the line. What happens to a part that fails there?” Wait. Ask for the number of "
                "parts, then for the cost of one. Let him multiply. Then: “Who else has to see this line before the month ends?”",
                "“您现在在末端测量，不合格的零件后来怎么处理？”停下来等他说。先问数量，再问单件损失，让他自己算。"
                "然后问：“月底之前，还有哪几位需要一起来看这条线？”",
            ),
            "stage": "needs",
            "industry": "automotive",
            "difficulty": 1,
            "minutes": 10,
            "competencies": ["Needs analysis", "Communication"],
        },
    ),
    (
        "RP-02",
        _t("“You are twelve per cent dearer”", "“你们贵了 12%”"),
        {
            "company": _t("Haoyuan Pharma, Hangzhou: filling lines for injections", "杭州浩源药业：注射剂灌装线"),
            "person": _t("Sun Lifang", "孙丽芳"),
            "position": _t("Head of purchasing", "采购总监"),
            "buying_role": "purchaser",
            "mood": _t("Matter-of-fact; has a cheaper offer on the table", "公事公办，手里有一份更低的报价"),
            "situation": _t(
                "The laboratory wants your instrument. Purchasing has to save eight per cent this year.",
                "实验室选定了你们的仪器；采购部今年有 8% 的降本任务。",
            ),
            "goal": _t(
                "Keep the price without losing the order: change what is compared.",
                "守住价格又不丢单：改变比较的口径。",
            ),
            "known": _t(
                "The cheaper instrument needs recalibration every quarter; yours once a year.",
                "低价仪器每季度需要校准一次，你们的每年一次。",
            ),
            "hidden": _t(
                "Each recalibration stops the line for six hours, which costs 40,000. She is judged by the total of the year, "
                "not by the single price. Her limit without the board is one million.",
                "每次校准停线 6 小时，损失 4 万元。她的考核是全年总额而不是单价。不经董事会的权限是 100 万元。",
            ),
            "model": _t(
                "Ask what her saving is measured by. Put four stops a year beside one. Offer payment in two years rather than a discount.",
                "先问降本按什么口径考核；把一年四次停线和一次停线放在一起算；与其打折，不如提出分两年付款。",
            ),
            "stage": "objections",
            "industry": "pharma",
            "difficulty": 2,
            "minutes": 12,
            "competencies": ["Objection handling", "Value selling"],
        },
    ),
    (
        "RP-03",
        _t("Saving a late delivery together", "铁三角：一起挽回一次延期交付"),
        {
            "company": _t("Qiming New Energy, Ningbo: battery cells", "宁波启明新能源：动力电芯"),
            "person": _t("Ruan Zhihao", "阮志豪"),
            "position": _t("Vice president, operations", "运营副总"),
            "buying_role": "economic",
            "mood": _t("Angry; wants a name and a date", "很生气，要一个责任人和一个日期"),
            "situation": _t(
                "Two test benches are three weeks late. Line 2 was to start on the first.",
                "两台测试台晚了三周，二号线原定一号投产。",
            ),
            "goal": _t(
                "Leave with a plan that he accepts, without promising what the plant cannot keep.",
                "带着他认可的方案离开，又不承诺工厂做不到的事。",
            ),
            "known": _t("One bench can leave in four days. The second waits for a sensor.", "一台 4 天后可发货，另一台缺传感器。"),
            "hidden": _t(
                "He can start line 2 with one bench at 60 %. What he fears is to hear of the next delay too late.",
                "有一台测试台，二号线就能以 60% 产能投产。他真正担心的是下次延期又最后才知道。",
            ),
            "model": _t(
                "AR opens and takes the blame in one sentence; SR asks what line 2 needs at the least; FR gives a date only for what is in the house, "
                "and a day on which the rest is known.",
                "AR 开场，一句话承担责任；SR 问清二号线最低需要什么；FR 只对在库设备给出日期，其余的给出“哪一天能知道”。",
            ),
            "parts": {
                "AR": _t("You own the relationship: open, calm, close.", "你负责客户关系：开场、安抚、收尾。"),
                "SR": _t("You own the solution: find out what is needed at the least.", "你负责方案：问清最低需求。"),
                "FR": _t("You own the delivery: only dates that hold.", "你负责交付：只给守得住的日期。"),
            },
            "recorded": False,
            "stage": "agreement",
            "industry": "energy",
            "difficulty": 3,
            "minutes": 20,
            "competencies": ["Account team", "Objection handling"],
        },
    ),
)

FEEDBACK: tuple[tuple[LocalText, LocalText], ...] = (
    (
        _t("Asked “and what does that cost you in a month?” and then waited.", "问了“这样一个月损失多少？”，然后安静地等对方算。"),
        _t("Sum up before the price is named.", "报价之前先做小结。"),
    ),
    (
        _t("Noted down the customer’s own words and came back to them.", "记下客户原话，后面又用上了。"),
        _t("Ask who else decides.", "要问清还有谁参与决策。"),
    ),
    (
        _t("Stayed calm when the customer became loud.", "客户提高嗓门时依然沉着。"),
        _t("Ask what is behind the objection before answering it.", "先问异议背后的原因，再回答。"),
    ),
    (
        _t("Said openly what still had to be checked.", "坦率说明哪些还需要核实。"),
        _t("End with a date, not with “I will send you something”.", "结束时要约日期，不要只说“我发资料给您”。"),
    ),
)
