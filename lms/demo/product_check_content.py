"""The words of the demo's yearly product check: a pre-test and a check that ask the same things in other questions."""

from __future__ import annotations

from typing import Any

from lms.i18n import in_languages

COMPETENCY = "产品知识"
Words = tuple[str, str]

PRE: tuple[tuple[Words, tuple[Words, ...]], ...] = (
    (("What does a column oven keep constant?", "柱温箱使什么保持恒定？"), (("The temperature of the column", "色谱柱温度"), ("The pressure of the pump", "泵压"), ("The wavelength", "波长"), ("The flow of waste", "废液流量"))),
    (("What is a blank run for?", "空白进样的作用是什么？"), (("To see what comes from the system itself", "看出系统本身的信号"), ("To warm up the lamp", "预热光源"), ("To save solvent", "节省溶剂"), ("To test the printer", "测试打印机"))),
    (("Which part wears out first in a pump?", "泵中最先磨损的是哪个部件？"), (("The piston seals", "柱塞密封圈"), ("The motor", "电机"), ("The housing", "外壳"), ("The display", "显示屏"))),
    (("What does the warranty of Hengchuan cover?", "衡川的保修包括什么？"), (("Parts and labour for 12 months", "12 个月内的部件与人工"), ("Parts alone", "仅部件"), ("Consumables", "耗材"), ("Nothing on site", "不含现场服务"))),
)
"""Question, its options with the right one first; English and 简体."""
CHECK: tuple[tuple[Words, tuple[Words, ...]], ...] = (
    (("Which detector suits sugars without absorption?", "哪种检测器适合没有紫外吸收的糖类？"), (("Refractive index", "示差折光"), ("UV", "紫外"), ("Fluorescence", "荧光"), ("Conductivity", "电导"))),
    (("What does a guard column do?", "保护柱的作用是什么？"), (("It catches what would spoil the column", "截留会损坏色谱柱的杂质"), ("It doubles the resolution", "使分离度加倍"), ("It heats the sample", "加热样品"), ("It replaces the filter of the pump", "代替泵的滤头"))),
    (("How often is the S200 calibrated?", "S200 多久校准一次？"), (("Once a year", "每年一次"), ("Every week", "每周一次"), ("Never", "不需要"), ("With every sample", "每个样品一次"))),
    (("Which customer needs audit trail software?", "哪类客户需要审计追踪软件？"), (("A drug maker under GMP", "受 GMP 约束的制药企业"), ("A school laboratory", "学校实验室"), ("A brewery without export", "不出口的啤酒厂"), ("A dealer of used instruments", "二手仪器商"))),
    (("A customer says the baseline drifts. What do you ask first?", "客户说基线漂移，您先问什么？"), (("Whether solvent or temperature changed", "溶剂或温度是否有变化"), ("Who bought the instrument", "谁买的仪器"), ("Whether he wants a new one", "是否想买新机"), ("How old the printer is", "打印机用了多久"))),
    (("What is “keshi” paper work in a tender of a hospital?", "医院招标中的“科室论证”是什么？"), (("The department’s statement of need", "科室提出的需求说明"), ("The customs form", "报关单"), ("The invoice", "发票"), ("The training certificate", "培训证书"))),
    (("Which figure limits the detection of traces?", "痕量检测受什么限制？"), (("The ratio of signal to noise", "信噪比"), ("The size of the screen", "屏幕大小"), ("The colour of the vial", "样品瓶颜色"), ("The weight of the pump", "泵的重量"))),
    (("What can the T5 autosampler do that the T3 cannot?", "T5 自动进样器能做而 T3 不能的是什么？"), (("Cool the samples", "冷却样品"), ("Inject liquids", "液体进样"), ("Hold 100 vials", "放置 100 个样品瓶"), ("Print labels", "打印标签"))),
    (("Which service contract includes one visit a year?", "哪种服务合同包含每年一次上门？"), (("Basic", "基础版"), ("Complete", "全保版"), ("None", "都没有"), ("Only the first year’s", "仅首年"))),
    (("Up to which pressure does the S200 pump?", "S200 的泵最高压力是多少？"), (("60 MPa", "60 MPa"), ("6 MPa", "6 MPa"), ("15 MPa", "15 MPa"), ("200 MPa", "200 MPa"))),
    (("What do you leave with the customer after a demonstration?", "演示结束后给客户留下什么？"), (("His own samples’ results", "客户自己样品的结果"), ("The price list", "价目表"), ("A gift", "礼品"), ("Nothing", "什么都不留"))),
)
"""The tenth is keyed wrong, the sixth is harder where the word is not used; the last is reworded half way."""
REWORDED: Words = ("After a demonstration, what does the customer keep: his own samples’ results, the price list, a gift or nothing? (See lesson 3.)", "演示结束后给客户留下什么？（提示：见第 3 课“用客户的样品说话”）")


def options(found: tuple[Words, ...]) -> list[dict[str, Any]]:
    return [{"id": f"k{at}", "text": in_languages(*each)} for at, each in enumerate(found, 1)]


def single(asked: tuple[Words, tuple[Words, ...]], right: str = "k1", **more: Any) -> dict[str, Any]:
    return question("single", in_languages(*asked[0]), {"correct": right}, options=options(asked[1]), **more)


def question(kind: str, stem: dict[str, str], key: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "stem": stem, "key": key, "feedback": {}, "marks": 1, "competency": COMPETENCY} | more


def pairs() -> dict[str, Any]:
    parts = (("A drug maker", "制药企业"), ("A food laboratory", "食品检测实验室"), ("A university", "高校"))
    made = options((("Audit trail", "审计追踪"), ("Many samples a day", "日处理样品量大"), ("Open methods", "方法开放"), ("A low price alone", "只看低价")))
    body = {"parts": [{"id": f"p{at}", "text": in_languages(*each)} for at, each in enumerate(parts, 1)]}
    stem = in_languages("What matters most to whom?", "谁最看重什么？")
    key = {"pairs": {"p1": "k1", "p2": "k2", "p3": "k3"}, "credit": "partial"}
    return question("matching", stem, key, options=made, body=body, marks=3)


def gaps() -> dict[str, Any]:
    stem = in_languages("The S200 injects [[1]] µl at most and needs [[2]] minutes to warm up.", "S200 最大进样量为 [[1]] 微升，预热需要 [[2]] 分钟。")
    body = {"parts": [{"id": "1", "kind": "numeric"}, {"id": "2", "kind": "numeric"}]}
    numbers = {"1": {"value": "100", "tolerance": "0", "relative": False}, "2": {"value": "20", "tolerance": "5", "relative": False}}
    return question("cloze", stem, {"parts": numbers, "credit": "partial"}, body=body, marks=2)


def course(code: str) -> dict[str, Any]:
    """As a course file: the pre-test, then the check that has to be passed."""
    words = in_languages("Once a year everybody who sells instruments takes this check.", "销售人员每年参加一次产品知识考核。")
    parts = dict.fromkeys(("background", "benefits", "features", "audience", "outline"), words)
    before = {"settings": {"pass_mark": 50, "attempts": 1, "review": "score"}, "questions": [single(each) for each in PRE]}
    check = [single(each, right="k2" if at == 9 else "k1") for at, each in enumerate(CHECK)]
    after = {"settings": {"pass_mark": 60, "attempts": 2, "review": "marks"}, "questions": [*check, pairs(), gaps()]}
    return {
        "format": "needle-course", "version": 1, "code": code, "title": in_languages("Yearly product check", "年度产品知识考核"),
        "area": "product", **parts, "duration": in_languages("30 minutes", "30 分钟"), "competencies": [COMPETENCY],
        "at_least": None, "valid_months": 12,
        "modules": [_module("Before the training", "培训前摸底", before, required=False), _module("Product check", "产品知识考核", after, required=True)],
    }  # fmt: skip


def _module(english: str, chinese: str, content: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {
        "kind": "quiz", "title": in_languages(english, chinese), "required": required, "need": "passed", "minimum": None, "minutes": 15, "content": content,
    }  # fmt: skip
