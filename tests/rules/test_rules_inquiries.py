"""Who owes an inquiry, what may become of it, by when: and that none is ever lost."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from liankong import protocols
from liankong.rules import inquiries as rules
from liankong.rules.inquiries import Clock, Leg
from liankong.vocabulary.kinds import InquiryState, InquirySubject
from liankong.vocabulary.spans import SHANGHAI

S, SUBJECTS = InquiryState, tuple(InquirySubject)
AT = datetime(2022, 1, 8, 12, tzinfo=SHANGHAI)
V8 = protocols.load("CN-COV-v8")
HEADQUARTERS = ("jinnan", "nankai", "hexi", "zhumadian", "zhengzhou")


# --- never lost ----------------------------------------------------------------------------------------------


class World(RuleBasedStateMachine):
    """Headquarters that send, receive, work, forward and answer in any order that the rules allow.

    The rules say what may be done and who owes it; the test only keeps the rows and passes answers back.
    """

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        # Each chain: its subject, and its legs with the first sender's in front.
        self.chains: list[tuple[InquirySubject, list[Leg[str]]]] = []
        self.answered: dict[int, int] = {}

    @rule(
        target=asked,
        sender=st.sampled_from(HEADQUARTERS),
        to=st.sampled_from(HEADQUARTERS),
        subject=st.sampled_from(SUBJECTS),
    )
    def issue(self, sender: str, to: str, subject: InquirySubject) -> int:
        to = to if to != sender else next(one for one in HEADQUARTERS if one != sender)
        self.chains.append((subject, [Leg(sender=sender, receiver=to, state=S.ISSUED)]))
        return len(self.chains) - 1

    def _put(self, chain: int, leg: int, state: InquiryState) -> None:
        legs = self.chains[chain][1]
        legs[leg] = Leg(sender=legs[leg].sender, receiver=legs[leg].receiver, state=state)

    @rule(chain=asked)
    def acknowledge(self, chain: int) -> None:
        subject, legs = self.chains[chain]
        if rules.move(subject, legs[-1].state, S.RECEIVED).allowed and legs[-1].state is S.ISSUED:
            self._put(chain, len(legs) - 1, S.RECEIVED)

    @rule(chain=asked, pick=st.integers(0, 20))
    def work(self, chain: int, pick: int) -> None:
        """Whoever has it takes any step that is open to them; an answer travels back along the chain."""
        subject, legs = self.chains[chain]
        last = legs[-1].state
        steps = [
            one for one in rules.next_states(subject, last) if one not in (S.RECEIVED, S.FORWARDED, S.CLOSED)
        ]
        if last not in rules.WORKING or not steps:
            return
        after = steps[pick % len(steps)]
        assert rules.move(subject, last, after, note="found so").allowed
        if after is S.FEEDBACK and not rules.may_answer(subject, last):
            return
        self._put(chain, len(legs) - 1, after)
        if after is S.FEEDBACK:
            self._answer_back(chain)

    def _answer_back(self, chain: int) -> None:
        legs = self.chains[chain][1]
        while len(legs) > 1:
            legs.pop()
            assert legs[-1].state is S.FORWARDED
            self._put(chain, len(legs) - 1, S.FEEDBACK)
        self.answered[chain] = self.answered.get(chain, 0) + 1

    @rule(chain=asked, to=st.sampled_from(HEADQUARTERS))
    def forward(self, chain: int, to: str) -> None:
        subject, legs = self.chains[chain]
        along = [legs[0].sender, *(leg.receiver for leg in legs)]
        if not rules.move(subject, legs[-1].state, S.FORWARDED, note="moved").allowed:
            return
        if not rules.may_forward(to, along):
            return
        here = legs[-1].receiver
        self._put(chain, len(legs) - 1, S.FORWARDED)
        legs.append(Leg(sender=here, receiver=to, state=S.ISSUED))
        # Not the next one: it has not said that it has it.
        assert rules.owed_by(legs) == here

    @precondition(lambda self: self.answered)
    @rule(chain=asked, enough=st.booleans())
    def judge(self, chain: int, enough: bool) -> None:
        subject, legs = self.chains[chain]
        if legs[0].state is S.FEEDBACK:
            after = S.CLOSED if enough else S.RECEIVED
            assert rules.move(subject, S.FEEDBACK, after).allowed
            self._put(chain, 0, after)

    @invariant()
    def every_inquiry_is_owed_by_exactly_one_or_closed_with_an_answer(self) -> None:
        for place, (_subject, legs) in enumerate(self.chains):
            owing = rules.owed_by(legs)
            if legs[0].state is S.CLOSED:
                assert owing is None and self.answered[place] >= 1, "closed without an answer to who asked"
                assert len(legs) == 1
            else:
                assert owing in {legs[0].sender, *(leg.receiver for leg in legs)}, "nobody owes it"

    @invariant()
    def nobody_has_it_twice(self) -> None:
        for _subject, legs in self.chains:
            had = [legs[0].sender, *(leg.receiver for leg in legs)]
            assert len(had) == len(set(had))

    def teardown(self) -> None:
        """From wherever it stands, every inquiry can still come to its end."""
        for chain, (subject, legs) in enumerate(self.chains):
            for _ in range(60):
                if legs[0].state is S.CLOSED:
                    break
                if legs[0].state is S.FEEDBACK:
                    self._put(chain, 0, S.CLOSED)
                elif legs[-1].state is S.ISSUED:
                    self._put(chain, len(legs) - 1, S.RECEIVED)
                elif rules.may_answer(subject, legs[-1].state):
                    self._put(chain, len(legs) - 1, S.FEEDBACK)
                    self._answer_back(chain)
                else:
                    ways = [
                        rules.way(subject, legs[-1].state, end) for end in sorted(rules.OUTCOMES[subject])
                    ]
                    self._put(chain, len(legs) - 1, min((way for way in ways if way), key=len)[0])
            assert legs[0].state is S.CLOSED, f"{subject} stuck at {[leg.state for leg in legs]}"
        self.every_inquiry_is_owed_by_exactly_one_or_closed_with_an_answer()


TestNoInquiryIsEverLost = World.TestCase
TestNoInquiryIsEverLost.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


@given(subject=st.sampled_from(SUBJECTS), state=st.sampled_from(sorted(set(S) - {S.CLOSED})))
def test_no_state_is_a_dead_end(subject: InquirySubject, state: InquiryState) -> None:
    reachable = {S.DRAFT}
    while True:
        more = {after for one in reachable for after in rules.next_states(subject, one)} - reachable
        if not more:
            break
        reachable |= more
    if state in reachable:
        assert rules.way(subject, state, S.CLOSED), f"{subject} cannot leave {state}"


def test_a_forwarder_is_free_with_the_next_ones_receipt_and_not_before() -> None:
    first = Leg(sender="a", receiver="b", state=S.FORWARDED)
    for state, owing in (
        (S.ISSUED, "b"),
        (S.RECEIVED, "c"),
        (S.CONTROLLED, "c"),
        (S.FEEDBACK, "b"),
        (S.CLOSED, "b"),
    ):
        assert rules.owed_by([first, Leg(sender="b", receiver="c", state=state)]) == owing


# --- steps ---------------------------------------------------------------------------------------------------


def test_a_person_is_controlled_first_and_verified_then() -> None:
    person = InquirySubject.PERSON
    assert not rules.move(person, S.RECEIVED, S.VERIFIED).allowed
    assert not rules.move(person, S.RECEIVED, S.TRANSFERRED).allowed
    assert rules.way(person, S.RECEIVED, S.HOME) == (S.CONTROLLED, S.VERIFIED, S.HOME)
    assert rules.way(InquirySubject.TRIP, S.RECEIVED, S.VERIFIED) == (S.VERIFIED,)


def test_goods_and_places_are_neither_transferred_nor_kept_at_home() -> None:
    for subject in (InquirySubject.TRIP, InquirySubject.PLACE, InquirySubject.GOODS):
        for state in S:
            assert not {S.TRANSFERRED, S.HOME} & set(rules.next_states(subject, state))


@pytest.mark.parametrize("after", [S.NOT_FOUND, S.FORWARDED])
def test_not_found_and_forwarded_say_why(after: InquiryState) -> None:
    refused = rules.move(InquirySubject.PERSON, S.RECEIVED, after, note="  ")
    assert (refused.allowed, refused.field) == (False, "note")
    assert rules.move(InquirySubject.PERSON, S.RECEIVED, after, note="moved").allowed


# --- clocks --------------------------------------------------------------------------------------------------


def test_the_clocks_of_the_eighth_edition_run_from_the_issue() -> None:
    times = rules.deadlines(InquirySubject.PERSON, AT, V8)
    assert times.receive_by == AT + timedelta(minutes=30)
    assert times.control_by == AT + timedelta(hours=3)
    assert times.feedback_by == AT + timedelta(hours=24)
    cited = times.why[Clock.FEEDBACK].numbers[0]
    assert (cited.path, cited.value, cited.grade) == ("clocks.inquiry_feedback", "24 h", "S3")


def test_where_a_protocol_sets_no_clock_the_standing_one_holds_and_says_so() -> None:
    measles = next(one for one in protocols.available() if one.pathogen == "measles")
    times = rules.deadlines(InquirySubject.PERSON, AT, protocols.load(measles.id))
    assert times.feedback_by == AT + timedelta(hours=24)
    cited = times.why[Clock.FEEDBACK].numbers[0]
    assert cited.path == "inquiries.clocks.feedback" and cited.grade == "S3"


def test_a_trip_is_not_put_under_control() -> None:
    assert rules.deadlines(InquirySubject.TRIP, AT, V8).control_by is None
    assert rules.deadlines(InquirySubject.GOODS, AT, V8).control_by is not None


limits = st.fixed_dictionaries(
    {clock: st.none() | st.integers(-100, 100).map(lambda n: AT + timedelta(minutes=n)) for clock in Clock}
)


@given(state=st.sampled_from(tuple(S)), limits=limits, rung=st.frozensets(st.sampled_from(tuple(Clock))))
def test_a_clock_rings_once_and_only_while_it_runs(
    state: InquiryState, limits: dict[Clock, datetime | None], rung: frozenset[Clock]
) -> None:
    ringing = rules.overdue(state, limits, rung, now=AT)
    plain = [
        clock
        for clock in Clock
        if clock in rules.open_clocks(state) and clock not in rung and limits[clock] and limits[clock] < AT
    ]
    assert list(ringing) == plain
    assert rules.overdue(state, limits, rung | set(ringing), now=AT) == ()
    due = rules.due_at(state, limits)
    if ringing:
        assert due is not None and due < AT


def test_nothing_rings_for_what_is_answered_or_forwarded() -> None:
    for state in (S.DRAFT, S.FORWARDED, S.FEEDBACK, S.CLOSED):
        assert rules.open_clocks(state) == ()


# --- numbers -------------------------------------------------------------------------------------------------


@given(sequence=st.integers(1, 99_999), division=st.sampled_from(["", "12", "1201", "120112"]))
def test_a_number_is_read_back_and_begins_with_its_series(sequence: int, division: str) -> None:
    text = rules.number(division, sequence, at=AT)
    assert rules.sequence(text) == sequence
    assert text.startswith(rules.series(division, at=AT)) and len(text) <= 40


def test_the_year_of_a_number_is_the_fields_own() -> None:
    late = datetime(2021, 12, 31, 23, 30, tzinfo=SHANGHAI)
    assert rules.number("12", 1, at=late) == "协查〔2021〕12-0001号"
    assert rules.number("12", 1, at=late + timedelta(hours=1)) == "协查〔2022〕12-0001号"
    assert rules.sequence("郑协查〔2022〕3号") is None
