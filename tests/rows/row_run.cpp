// SPDX-License-Identifier: GPL-2.0-or-later
// Boots rows, hands their checkpoints to the tests, and reads objects so that what fails says why.
#include "tests/rows/row_run.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <span>
#include <sstream>

namespace mmscope::test {
namespace {

/// The "row: name=0x..." lines of a program's output.
std::map<std::string, uint32_t> numbers_in(std::string_view serial) {
    std::map<std::string, uint32_t> numbers;
    std::istringstream lines{std::string(serial)};
    for (std::string line; std::getline(lines, line);) {
        char name[64];
        unsigned value = 0;
        if (std::sscanf(line.c_str(), "row: %63[^=]=0x%x", name, &value) == 2) numbers[name] = value;
    }
    return numbers;
}

std::string line_of(const VmaModel& area) {
    constexpr std::string_view kLetters = "rwxs";
    std::string rights;
    for (unsigned bit = 0; bit < kLetters.size(); ++bit)
        rights += area.flags & 1u << bit ? kLetters[bit] : '-';
    // 2.4 gives memory without a file no offset of its own: its place stands for it, as in the later
    // editions.
    const uint32_t pgoff = is_2_4() && !area.file ? area.start.value >> kPageShift : area.pgoff;
    return fmt::format("{:08x}-{:08x} {} {:x}\n", area.start.value, area.end.value, rights, pgoff);
}

}  // namespace

Object::Object(Result<TypedRef> ref) : ref_(std::move(ref)) {
    if (!ref_) ADD_FAILURE() << ref_.error().message;
}

uint32_t Object::u32(std::string_view steps) const {
    if (!ref_) return kUnreadable;
    const auto place = ref_->follow(steps);
    const auto number = place ? place->u32() : Result<uint32_t>(std::unexpected(place.error()));
    if (number) return *number;
    ADD_FAILURE() << number.error().message;
    return kUnreadable;
}

std::string Object::text(std::string_view steps) const {
    if (!ref_) return {};
    const auto place = ref_->follow(steps);
    const auto text = place ? place->text() : Result<std::string>(std::unexpected(place.error()));
    if (text) return *text;
    ADD_FAILURE() << text.error().message;
    return {};
}

Object Object::at(std::string_view steps) const {
    return ref_ ? Object(ref_->follow(steps)) : *this;
}

Object Object::target(std::string_view steps) const {
    if (!ref_) return *this;
    const auto place = ref_->follow(steps);
    return Object(place ? place->deref() : place);
}

uint32_t Object::address() const {
    return ref_ ? ref_->address().value : kUnreadable;
}

Moment::Moment(uint32_t moment_id, const Inspector& inspector_at, std::string_view printed)
    : id(moment_id),
      inspector(inspector_at),
      serial(printed),
      objects_(std::make_unique<const Result<Objects>>(Objects::at(inspector_at))),
      numbers_(numbers_in(printed)) {
    if (!*objects_) ADD_FAILURE() << objects_->error().message;
}

uint32_t Moment::number(const std::string& name) const {
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    ADD_FAILURE() << "the program told no number " << name << " before checkpoint " << id;
    return kUnreadable;
}

Object Moment::variable(std::string_view name) const {
    return Object((*objects_)->variable(name));
}

Object Moment::object(std::string_view type, uint32_t address) const {
    return Object((*objects_)->object(type, LinearAddr(address)));
}

Object Moment::task(uint32_t pid) const {
    return Object((*objects_)->task(pid));
}

Object Moment::page(uint32_t pfn) const {
    return Object((*objects_)->page(pfn));
}

Object Moment::mm(uint32_t pid) const {
    return task(pid).target("mm");
}

Object Moment::vma(uint32_t pid, uint32_t address) const {
    for (const VmaModel& area : areas(pid)) {
        if (area.contains(LinearAddr(address))) return object("vm_area_struct", area.at.value);
    }
    return Object(fail(fmt::format("no area of {} contains {:08x}", pid, address)));
}

std::vector<VmaModel> Moment::areas(uint32_t pid) const {
    const auto mm = inspector.mm_of(pid);
    if (!mm) return ADD_FAILURE() << mm.error().message, std::vector<VmaModel>();
    EXPECT_THAT(mm->problems, testing::IsEmpty());
    return mm->vmas;
}

std::string Moment::areas_in(uint32_t pid, uint32_t start, uint32_t end) const {
    std::string text;
    for (const VmaModel& area : areas(pid)) {
        if (area.start.value < end && area.end.value > start) text += line_of(area);
    }
    return text;
}

Walk Moment::walk(const Object& mm, uint32_t address) const {
    if (!mm.ref()) return {};
    const auto walk = (*objects_)->walk(*mm.ref(), LinearAddr(address));
    if (walk) return *walk;
    ADD_FAILURE() << walk.error().message;
    return {};
}

uint32_t Moment::pte(uint32_t pid, uint32_t address) const {
    return walk(mm(pid), address).pte.value_or(0);
}

Object Moment::page_at(uint32_t pid, uint32_t address) const {
    const uint32_t entry = pte(pid, address);
    if (entry & kPresent) return page(entry >> kPageShift);
    return Object(fail(fmt::format("{:08x} of {} is not present: its entry is {:#x}", address, pid, entry)));
}

std::string Moment::user_bytes(uint32_t pid, uint32_t address, uint32_t length) const {
    std::string bytes(length, '\0');
    const Object space = mm(pid);
    const Walk directory =
        space.ref() ? (*objects_)->kernel().memory.walk(LinearAddr(space.u32("pgd"))) : Walk();
    const GuestMemory memory = (*objects_)->kernel().memory.through(directory.physical);
    const auto absent = memory.read(LinearAddr(address), std::as_writable_bytes(std::span(bytes)));
    if (absent) ADD_FAILURE() << fmt::format("{:08x} of {} is not present", absent->value, pid);
    return bytes;
}

uint32_t Moment::user_u32(uint32_t pid, uint32_t address) const {
    uint32_t word = 0;
    std::memcpy(&word, user_bytes(pid, address, sizeof word).data(), sizeof word);
    return word;
}

uint32_t Moment::kernel_u32(uint32_t address) const {
    uint32_t word = kUnreadable;
    const auto memory = inspector.memory();
    if (!memory || memory->memory.read(LinearAddr(address), std::as_writable_bytes(std::span(&word, 1))))
        ADD_FAILURE() << fmt::format("{:08x} of the kernel cannot be read", address);
    return word;
}

std::vector<TaskModel> Moment::tasks() const {
    const auto list = inspector.tasks();
    if (!list) return ADD_FAILURE() << list.error().message, std::vector<TaskModel>();
    EXPECT_THAT(list->problems, testing::IsEmpty());
    return list->tasks;
}

std::string Moment::function(uint32_t address) const {
    return inspector.kernel().symbols().describe(LinearAddr(address));
}

uint32_t anon_rss(const Object& mm) {
    return mm.u32(by_edition("rss", "rss", "anon_rss", "_anon_rss"));
}

uint32_t file_rss(const Object& mm) {
    if (is_2_4()) return 0;
    return since(Edition::v2_6_28) ? mm.u32("_file_rss") : mm.u32("rss") - mm.u32("anon_rss");
}

Resident count_frames(const Moment& now, const Object& mm, const std::vector<VmaModel>& areas) {
    Resident resident;
    for (const VmaModel& area : areas) {
        for (uint32_t at = area.start.value; at < area.end.value; at += kPageSize) {
            const uint32_t entry = now.walk(mm, at).pte.value_or(0);
            if ((entry & (kPresent | kProtnone)) == 0) continue;
            const Object page = now.page(entry >> kPageShift);
            if (since(Edition::v2_6_28) ? entry & kSpecial : page.u32("flags") & kReserved) continue;
            const bool anonymous = page.u32("mapping") & 1;
            ++(anonymous ? resident.anon : resident.file);
        }
    }
    return resident;
}

uint32_t counted_anonymous(const Moment& now, uint32_t pid) {
    const Object mm = now.mm(pid);
    return is_2_4() ? mm.u32("rss") - count_frames(now, mm, now.areas(pid)).file : anon_rss(mm);
}

uint32_t ldt_of(const Object& mm) {
    return mm.u32(by_series("context.segments", "context.ldt"));
}

uint32_t cpu_mask_of(const Object& mm) {
    return mm.u32(is_2_4() ? "cpu_vm_mask" : "cpu_vm_mask.bits[0]");
}

/// At a checkpoint the program is in a system call that holds nothing: every invariant that this kernel has
/// is due.
void Row::expect_invariants(const Inspector& inspector) {
    if (!auditor_) {
        auto auditor = Auditor::create(inspector);
        if (!auditor) return ADD_FAILURE() << auditor.error().message, void();
        auditor_ = std::move(*auditor);
    }
    const auto report = auditor_->audit(AuditPlace::AtRest);
    if (!report) return ADD_FAILURE() << report.error().message, void();
    const auto unexpected = std::ranges::count_if(report->findings, [this](const AuditFinding& finding) {
        return std::ranges::find(holders_, finding.id) == holders_.end();
    });
    EXPECT_EQ(unexpected, 0) << audit_text(*report);
}

Row::Row() : name_(testing::UnitTest::GetInstance()->current_test_info()->name()) {}

void Row::at(uint32_t id, std::function<void(const Moment&)> check) {
    checks_[id] = std::move(check);
}

void Row::watch(uint32_t from, uint32_t to, uint64_t interval, std::function<void(const Moment&)> check) {
    watch_ = std::move(check);
    watch_from_ = from;
    watch_to_ = to;
    options.watch_interval = interval;
}

void Row::at_call(uint32_t from, uint32_t to, const std::string& function, size_t words, AtCall call,
                  AtCall back) {
    const auto between = [this, from, to](AtCall look) -> std::function<void(const CallMoment&)> {
        if (!look) return {};
        return [this, from, to, look = std::move(look)](const CallMoment& at) {
            if (last_checkpoint_ >= from && last_checkpoint_ < to)
                look(Moment(last_checkpoint_, at.inspector, at.serial), at);
        };
    };
    options.calls.push_back({function, words, between(std::move(call)), between(std::move(back))});
}

BootResult Row::run() {
    BootOptions boot_options = options;
    boot_options.kernel = edition_kernel();
    boot_options.command_line = fmt::format("init=/rows/{} {}", name_, options.command_line);
    boot_options.at_checkpoint = [this](uint32_t id, const Inspector& inspector, const std::string& serial) {
        const testing::ScopedTrace trace(__FILE__, __LINE__, fmt::format("checkpoint {}", id));
        ++reached_[id];
        last_checkpoint_ = id;
        if (id == watch_from_) watching_ = true;
        if (id == watch_to_) watching_ = false;
        expect_invariants(inspector);
        const auto check = checks_.find(id);
        if (check != checks_.end()) check->second(Moment(id, inspector, serial));
    };
    if (watch_) {
        boot_options.watch = [this](const Inspector& inspector, const std::string& serial) {
            if (watching_) watch_(Moment(watch_from_, inspector, serial));
        };
    }
    BootResult result = boot(boot_options);
    auditor_.reset();  // it knew the inspector of that run
    EXPECT_EQ(result.end.end, RunEnd::GuestExit) << result.end.report;
    EXPECT_EQ(result.end.exit_code, 0u);
    EXPECT_NE(result.serial.find("ok " + name_), std::string::npos) << "no good verdict";
    for (const auto& [id, check] : checks_)
        EXPECT_EQ(reached_[id], 1u) << "checkpoint " << id;
    if (testing::Test::HasFailure()) std::fputs(result.serial.c_str(), stderr);
    return result;
}

}  // namespace mmscope::test
