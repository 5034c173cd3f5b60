"""The demo's cases: one key account won, one lost, in Chinese with English beside; invented from end to end."""

from __future__ import annotations

from typing import Any

from lms.db import LocalText
from lms.demo.roleplay_content import _levels, _t

RUBRIC_TITLE = _t("Case analysis of a key account", "大客户案例分析评分标准")
RUBRIC: dict[str, Any] = {
    "pass_mark": "3/5",
    "criteria": [
        _levels(
            "people", _t("Sees who decides", "看清谁在决策"), "2", "Needs analysis",
            _t("Speaks of “the customer” only.", "只说“客户”，不分人。"),
            _t("Names the contact, not those behind.", "只提到联系人，没有看到背后的人。"),
            _t("Names buyer, user and decider.", "分清采购、使用者和决策人。"),
            _t("Says for each what it is about and how to reach them.", "说出每个人在意什么、怎样接触。"),
        ),
        _levels(
            "cause", _t("Finds the cause behind the words", "找到话语背后的原因"), "3", "Needs analysis",
            _t("Takes the words as they are.", "照单全收客户的说法。"),
            _t("Suspects a cause, without a question.", "猜测原因，没有提问。"),
            _t("Asks a question that would tell.", "提出能验证原因的问题。"),
            _t("Puts a figure on the cause from the facts given.", "用案例中的数字算出原因的代价。"),
        ),
        _levels(
            "step", _t("Proposes a step that can be done", "提出可执行的下一步"), "3", "Closing",
            _t("“Keep in touch”.", "“保持联系”。"),
            _t("A step without date or person.", "有动作，没有时间和责任人。"),
            _t("Who does what by when.", "谁、何时、做什么。"),
            _t("And what the customer gives in return.", "并说明请客户给出什么承诺。"),
        ),
    ],
}  # fmt: skip


def _question(key: str, title: LocalText, facts: LocalText, ask: LocalText, model: LocalText, happened: LocalText) -> dict[str, Any]:
    return {"key": key, "title": title, "facts": facts, "ask": ask, "model": model, "happened": happened}


LOST: dict[str, Any] = {
    "brief": _t(
        "A maker of gearboxes in the east, forty test benches, our customer for six years. In spring a new head of purchasing "
        "puts all measuring equipment out to tender. Our account manager knows the lab well, and has never met the new man. A competitor "
        "offers a quarter less for what looks like the same instrument.",
        "华东一家齿轮箱厂，四十个试验台，合作六年的老客户。春天新来的采购总监把全部检测设备重新招标。"
        "我们的客户经理和实验室很熟，却从没见过这位新总监。竞争对手以看起来相同的仪器，报价低了四分之一。",
    ),
    "aftermath": _t(
        "Eleven months later the plant asked us back for the twelve benches of its new line: the cheaper instruments drifted, and "
        "nobody had counted the recalibrations. We are in again, and this time the plant manager knows our name.",
        "十一个月后，客户为新产线的十二个试验台重新找到我们：低价仪器漂移严重，重新校准的费用当初没有人算过。"
        "我们重新进入，这一次厂长知道我们的名字。",
    ),
    "stage": "agreement",
    "industry": "automotive",
    "ending": "lost",
    "minutes": 40,
    "competencies": ["Negotiation", "Needs analysis"],
    "questions": [
        _question(
            "newman", _t("A new head of purchasing", "新来的采购总监"),
            _t("Week 1. The lab manager says on the phone: “Nothing changes for you, you know that we want your instruments.” The tender closes in five weeks.",
               "第 1 周。实验室主任在电话里说：“对你们没有影响，我们肯定还用你们的仪器。”招标五周后截止。"),
            _t("What do you do this week, and whom do you want to meet?", "这一周您做什么？要见哪些人？"),
            _t("The lab uses, it does not decide. Ask the lab manager to bring you together with the new head **this week**, with a question and not with an offer: "
               "what has he been asked to achieve? And find out who above both of them pays for a stopped line.",
               "实验室是使用者，不是决策人。请主任**本周**引荐新总监，带着问题而不是报价去：公司要求他达成什么？同时弄清楚，产线停下来由谁承担损失。"),
            _t("Our man trusted the lab and waited for the tender papers. The competitor’s director had lunch with the new head in week 2.",
               "我们的客户经理相信实验室，一直等标书。第 2 周，竞争对手的总监已经和新来的采购总监吃过饭。"),
        ),
        _question(
            "quarter", _t("A quarter less", "低了四分之一"),
            _t("Week 4. The head of purchasing: “Match the price by Friday, or we go on without you.” A bench that has to be recalibrated stands still for half a day; "
               "forty benches, in the past two years twice a year each with older instruments of the competitor’s kind, once in two years with ours.",
               "第 4 周。采购总监说：“周五之前价格跟上，否则不用再谈。”试验台重新校准一次要停半天；四十个试验台，用同类老仪器时每台每年两次，用我们的仪器两年一次。"),
            _t("What do you answer by Friday? Reckon with the figures you have.", "周五之前您怎么回复？请用已有的数字算一算。"),
            _t("Forty benches × 1.5 recalibrations saved a year × half a day = **30 bench days a year**. Do not answer the price: ask what a bench day costs, and offer to reckon it together with the "
               "plant manager on Thursday. A concession, if any, against a commitment: the new line, or three years.",
               "四十台 × 每年少校准 1.5 次 × 半天 = **每年 30 个台日**。不要直接回价：先问一个台日值多少钱，并提出周四和厂长一起算。如果让步，要换承诺：新产线，或三年协议。"),
            _t("We gave twelve per cent on Thursday evening, without asking for anything. On Monday the competitor had matched it.",
               "周四晚上我们让了百分之十二，没有要求任何回报。周一，竞争对手也跟到了这个价。"),
        ),
        _question(
            "letter", _t("The letter of refusal", "落选通知"),
            _t("Week 6. A friendly letter: “on price”. The lab manager is embarrassed and does not call back.",
               "第 6 周。一封客气的通知：“因价格原因”。实验室主任不好意思，电话也不回。"),
            _t("The deal is lost. What do you do in the next thirty days?", "单子丢了。接下来三十天您做什么？"),
            _t("Thank them, and ask the head of purchasing for thirty minutes: what decided it besides the price? Agree with the lab to **count the recalibrations** from the first day. "
               "Keep the service contract of the old instruments. Put a date into the calendar: half a year.",
               "先致谢，请采购总监给三十分钟：除了价格，还有什么起了作用？和实验室约定，从第一天起**记录校准次数**。保住旧仪器的服务合同。在日历上写下半年后的日期。"),
            _t("Nobody called for two months. Our service engineer, who kept going there, wrote down the standstills on his own account. His list opened the door again.",
               "两个月没有人联系客户。是一直去现场的售后工程师，自己记下了停台时间。正是他的记录重新打开了大门。"),
        ),
    ],
}  # fmt: skip

WON: dict[str, Any] = {
    "brief": _t(
        "A maker of battery cells builds its second plant. Eighteen gas analysers are needed; we have never sold to this firm. It buys by a panel: "
        "process engineering, safety, purchasing, and a project manager who wants to be on time above all.",
        "一家电芯厂建第二工厂，需要十八台气体分析仪；我们从未和这家公司做过生意。采购由小组决定：工艺、安全、采购，还有一位最看重工期的项目经理。",
    ),
    "aftermath": _t(
        "Signed in week 20, eighteen analysers and the service for three years. The last instalment was paid on the day agreed, because its condition, the acceptance by the safety engineer, was written down in week 9.",
        "第 20 周签约，十八台分析仪加三年服务。尾款按约定日期到账，因为付款条件（安全工程师验收）在第 9 周就写清楚了。",
    ),
    "stage": "needs",
    "industry": "energy",
    "ending": "won",
    "minutes": 30,
    "competencies": ["Needs analysis", "Account planning"],
    "questions": [
        _question(
            "panel", _t("Four people, four worries", "四个人，四种担心"),
            _t("First meeting with all four. Purchasing asks for prices after ten minutes. The safety engineer has said nothing.",
               "第一次会议，四个人都在。十分钟后采购就问价格。安全工程师一直没有说话。"),
            _t("How do you use the remaining fifty minutes?", "剩下的五十分钟您怎么用？"),
            _t("Put the price off with a promise that has a date. Then one question to each, **the silent one first**: what would make you stop this project? Write the four answers on the board.",
               "价格先放一放，承诺具体日期答复。然后每人问一个问题，**先问没说话的那位**：什么情况会让您叫停这个项目？把四个回答写在白板上。"),
            _t("Our account manager asked the safety engineer first. Answer: a leak alarm that had come four minutes late at plant one. From then on the talk was about minutes and not about prices.",
               "客户经理先问了安全工程师。回答是：一厂有一次泄漏报警晚了四分钟。从那以后，谈的是“分钟”，不再是“价格”。"),
        ),
        _question(
            "trial", _t("Prove it", "请证明"),
            _t("Week 7. Purchasing has three offers; ours is the dearest. The project manager: “I have no time for trials.”",
               "第 7 周。采购手里有三份报价，我们最贵。项目经理说：“我没有时间做试用。”"),
            _t("What do you propose, to whom, and what do you ask in return?", "您提出什么方案、对谁提、换取什么？"),
            _t("A trial of one analyser at plant **one**, next to the one that was late: costs the project no day. Ask in return that the measured response time becomes a condition of the tender, signed by safety.",
               "在**一厂**、在那台报警晚了的仪器旁边试装一台：不占项目一天工期。换取的条件：把实测响应时间写进招标要求，由安全部门签字。"),
            _t("Exactly that. After three weeks: 40 seconds against 3 minutes 50. One of the competitors withdrew.",
               "正是这样做的。三周后：40 秒对 3 分 50 秒。一家竞争对手退出。"),
        ),
    ],
}  # fmt: skip

CASES: tuple[tuple[str, LocalText, dict[str, Any]], ...] = (
    ("CASE-01", _t("Six years a customer, lost in six weeks", "六年老客户，六周丢单"), LOST),
    ("CASE-02", _t("Four worries and one late alarm", "四种担心，一次迟到的报警"), WON),
)

ANSWERS: dict[str, tuple[str, ...]] = {
    "newman": (
        "请实验室主任本周安排和新总监见面，先问他的考核目标。同时了解厂长对停台的看法。",
        "先拜访实验室，确认技术指标写进标书，再约采购。",
        "I ask the lab manager for an introduction this week, and find out who pays when a bench stands still.",
        "准备一份完整的报价和案例，第一时间发给新总监。",
        "画出决策链：主任是使用者，总监是采购，厂长承担停产。三个人分别约。",
        "打电话给主任，请他帮忙说话。",
    ),
    "quarter": (
        "四十台每年少校准 1.5 次，每次半天，就是 30 个台日。请采购问财务一个台日值多少，周四一起和厂长算账。",
        "可以让 8%，但要签三年协议。",
        "Thirty bench days a year. I would not answer the price before the plant manager has seen this figure.",
        "向公司申请特价，周五之前答复，先保住客户。",
        "先不降价，提出把校准停台写进总成本评分。若让步，要换新产线的份额。",
        "价格跟到一半，再送两次校准服务。",
    ),
    "letter": (
        "发感谢信，约总监三十分钟复盘；和主任约定记录校准次数；半年后回访。",
        "继续做好旧仪器的服务，等机会。",
        "Keep the service contract and count standstills from day one; a date in half a year.",
        "向总部投诉招标不公平。",
        "先让售后工程师定期去现场，记录停台，再用数据找厂长。",
        "和主任吃饭，了解内情。",
    ),
    "panel": (
        "先问安全工程师：什么情况下您会叫停？再依次问其他三位，写在白板上。",
        "先介绍公司实力和成功案例，再回答价格。",
        "One question to each, the silent one first; the price gets a date.",
        "给一个价格区间，让采购放心，然后讲方案。",
    ),
    "trial": (
        "在一厂旧仪器旁边装一台对比，三周出数据；请安全部门把响应时间写进标书。",
        "找项目经理的上级，争取试用时间。",
        "A side-by-side trial at plant one, no day lost; in return the response time goes into the tender.",
        "降价 5%，承诺免费培训。",
    ),
}

TALK: tuple[tuple[str, str], ...] = (
    ("newman", "我也犯过同样的错：和实验室太熟，反而忘了谁签字。"),
    ("newman", "第一次见新总监，带什么去比较合适？我觉得带问题比带样本好。"),
    ("quarter", "30 个台日这个数字，客户自己算出来才有用。我会先问，不直接给。"),
    ("quarter", "I gave a discount like this last year. Nobody thanked me, and the next tender began at the lower price."),
    ("quarter", "让步一定要换东西。没有交换的让步，对方会以为还有空间。"),
    ("letter", "售后同事的现场记录是最好的敲门砖，我们应该固定下来。"),
)
LESSONS: tuple[tuple[LocalText, int], ...] = (
    (_t("Who uses is not who decides: when a person at the customer’s changes, meet the new one within a week.", "使用者不等于决策人：客户方换人，一周之内见面。"), 0),
    (_t("No concession without something in return, and none before the cost of the alternative is on the table.", "没有交换就没有让步；对方案的代价没有摆上桌面之前，不谈价格。"), 4),
    (_t("Service engineers see first what purchasing believes last: write their standstills down.", "售后工程师最先看到，采购最后才相信：把停台记录下来。"), 5),
)
FEEDBACK: tuple[tuple[str, str], ...] = (
    ("把三个人分清楚了，而且说出了各自在意什么。", "写上日期：什么时候、请谁引荐。"),
    ("用案例里的数字算出 30 个台日，很有说服力。", "让客户自己说出一个台日的价值，不要替他算。"),
    ("下一步具体，可以马上执行。", "想一想：请客户给出什么承诺？"),
    ("先保住服务，这一点看得长远。", "先问原因，再谈优惠。"),
)
PROPOSAL: tuple[str, dict[str, str], dict[str, str], list[str]] = (
    "年底被砍价的单子",
    {
        "brief": "苏州澄远精密有限公司的采购总监蒋立群，十二月二十日突然要求降价，合同金额 186 万元。当时年底冲业绩，我没有向经理汇报就答应了。",
        "aftermath": "签是签了，但第二年的框架协议对方直接从新价格谈起。后来他的助理用 jiang.office@chengyuan.example 发来邮件，还要再降。"
        "如果重来，我会先问清楚他为什么急，再用框架协议来换。",
    },
    {"stage": "agreement", "industry": "manufacturing", "ending": "won"},
    ["澄远", "蒋立群"],
)
