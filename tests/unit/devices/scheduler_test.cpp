// SPDX-License-Identifier: GPL-2.0-or-later
// The order of events in virtual time, and the deadline the processor runs to.
#include <gtest/gtest.h>

#include "device_bench.h"

namespace mmscope {
namespace {

class SchedulerTest : public testing::Test {
  protected:
    Scheduler scheduler;
    std::string log;
    Event a{scheduler, "a", [this] { note('a'); }};
    Event b{scheduler, "b", [this] { note('b'); }};
    Event c{scheduler, "c", [this] { note('c'); }};

    void note(char name) { log += name + std::to_string(scheduler.now().ns) + " "; }
};

TEST_F(SchedulerTest, events_run_in_order_of_time_and_each_sees_its_own_time) {
    a.schedule_at({300});
    b.schedule_at({100});
    c.schedule_at({200});
    scheduler.advance_to({250});
    EXPECT_EQ(log, "b100 c200 ");
    EXPECT_EQ(scheduler.now(), VirtualTime{250});
    EXPECT_EQ(scheduler.next_event(), VirtualTime{300});
}

TEST_F(SchedulerTest, events_of_one_instant_run_in_the_order_in_which_they_were_armed) {
    c.schedule_at({100});
    a.schedule_at({100});
    b.schedule_at({100});
    c.schedule_at({100});  // armed anew: last
    scheduler.advance_to({100});
    EXPECT_EQ(log, "a100 b100 c100 ");
}

TEST_F(SchedulerTest, a_late_processor_runs_all_that_is_due_at_the_time_it_has_reached) {
    a.schedule_at({100});
    b.schedule_at({150});
    scheduler.clock().now = {400};
    scheduler.run_due();
    EXPECT_EQ(log, "a400 b400 ");
}

TEST_F(SchedulerTest, the_deadline_follows_the_first_event) {
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime::never());
    a.schedule_at({300});
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime{300});
    b.schedule_at({200});
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime{200});
    b.cancel();
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime{300});
    EXPECT_FALSE(b.armed());
    scheduler.advance_to({300});
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime::never());
}

TEST_F(SchedulerTest, a_kick_holds_until_the_run_loop_has_answered_it) {
    a.schedule_at({300});
    scheduler.kick();
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime{0});
    b.schedule_at({200});
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime{0});
    scheduler.run_due();
    EXPECT_EQ(scheduler.clock().deadline, VirtualTime{200});
}

TEST_F(SchedulerTest, an_event_may_arm_itself_again_while_it_runs) {
    std::string ticks;
    Event periodic(scheduler, "periodic", [&] {
        ticks += std::to_string(scheduler.now().ns) + " ";
        if (ticks.size() < 12) periodic.schedule_at(scheduler.now() + 10);
    });
    periodic.schedule_at({10});
    scheduler.advance_to({100});
    EXPECT_EQ(ticks, "10 20 30 40 ");
}

TEST_F(SchedulerTest, time_never_goes_back) {
    scheduler.advance_to({500});
    scheduler.advance_to({100});
    EXPECT_EQ(scheduler.now(), VirtualTime{500});
}

TEST_F(SchedulerTest, an_event_that_is_destroyed_does_not_happen) {
    {
        Event gone(scheduler, "gone", [this] { note('x'); });
        gone.schedule_at({50});
    }
    scheduler.advance_to({100});
    EXPECT_EQ(log, "");
}

TEST_F(SchedulerTest, reset_forgets_events_and_time) {
    a.schedule_at({300});
    scheduler.advance_to({100});
    scheduler.reset();
    EXPECT_EQ(scheduler.now(), VirtualTime{0});
    EXPECT_FALSE(a.armed());
    scheduler.advance_to({1000});
    EXPECT_EQ(log, "");
}

TEST_F(SchedulerTest, saved_events_come_back_with_their_time_and_order) {
    scheduler.advance_to({40});
    b.schedule_at({100});
    a.schedule_at({100});
    StateSaver saver;
    scheduler.state(saver);
    for (Event* event : {&a, &b, &c})
        event->state(saver);

    scheduler.reset();
    c.schedule_at({5});
    StateLoader loader(saver.bytes());
    scheduler.state(loader);
    for (Event* event : {&a, &b, &c})
        event->state(loader);
    EXPECT_FALSE(loader.failed());
    EXPECT_EQ(scheduler.now(), VirtualTime{40});
    EXPECT_FALSE(c.armed());
    scheduler.advance_to({200});
    EXPECT_EQ(log, "b100 a100 ");
}

}  // namespace
}  // namespace mmscope
