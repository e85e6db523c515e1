// SPDX-License-Identifier: GPL-2.0-or-later
// Walks over tasks, and from a directory entry up to its root.
#include "introspect/walkers.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace mmscope {

namespace {

constexpr size_t kMaxProblems = 64;
constexpr uint32_t kMaxNameLength = 255;

/// A circular list through an embedded list_head, from the structure at `head` around and back to it.
struct Ring {
    const StructLayout* layout;
    LinearAddr head;        // the structure that heads the ring
    uint32_t offset;        // of the list_head
    Field next;             // list_head::next
    std::string_view link;  // "tasks"
    uint32_t limit;
};

void walk_ring(const KernelMemory& kernel, const Ring& ring, LinearAddr first, const WalkPath& root,
               const RecordVisitor& visit, Problems& problems) {
    std::unordered_set<uint32_t> seen;  // asked, never walked
    const std::string where = fmt::format("task_struct.{}.next", ring.link);
    Record record;
    LinearAddr at = first;
    for (uint32_t steps = 1; at != ring.head; ++steps) {
        const auto damage = [&](std::string_view what) {
            report(problems, describe_damage(where, at, what, root.then(ring.link, steps)));
        };
        if (steps > ring.limit) return damage(fmt::format("more than {} tasks", ring.limit));
        if (at.value < kPageOffset) return damage("not a kernel address");
        if (!seen.insert(at.value).second)
            return damage("the list goes in a circle that leaves out its head");
        if (ring.layout->read(kernel.memory, at, record)) return damage("not mapped");
        if (!visit(record)) return;
        at = record.pointer(ring.next) - ring.offset;
    }
}

/// '\n' as the kernel prints it in /proc: three octal digits.
std::string escape_newlines(const std::string& name) {
    std::string out;
    for (const char c : name)
        c == '\n' ? out += "\\012" : out += c;
    return out;
}

}  // namespace

void report(Problems& problems, std::string problem) {
    if (problems.size() < kMaxProblems) {
        problems.push_back(std::move(problem));
    } else if (problems.size() == kMaxProblems) {
        problems.emplace_back("there are more problems, not listed");
    }
}

Result<void> for_each_process(const KernelMemory& kernel, const RecordVisitor& visit, Problems& problems) {
    const KernelLayouts& layouts = kernel.kernel->layouts();
    const TaskLayout& task = layouts.task;
    Record record;
    if (task.layout.read(kernel.memory, layouts.init_task, record)) {
        return std::unexpected(
            decode_error("task_struct", layouts.init_task, "not mapped", WalkPath("init_task")));
    }
    const LinearAddr first = record.pointer(task.tasks_next) - task.tasks.offset;
    if (!visit(record)) return {};
    const Ring ring{&task.layout, layouts.init_task, task.tasks.offset, task.tasks_next, "tasks", kMaxTasks};
    walk_ring(kernel, ring, first, WalkPath("init_task"), visit, problems);
    return {};
}

void for_each_thread(const KernelMemory& kernel, LinearAddr leader, const RecordVisitor& visit,
                     Problems& problems) {
    const TaskLayout& task = kernel.kernel->layouts().task;
    Record record;
    if (task.layout.read(kernel.memory, leader, record)) {
        return report(problems,
                      describe_damage("task_struct", leader, "not mapped", WalkPath("group_leader")));
    }
    const Ring ring{&task.layout,     leader,         task.thread_group.offset,
                    task.thread_next, "thread_group", kMaxTasks};
    const LinearAddr first = record.pointer(task.thread_next) - task.thread_group.offset;
    walk_ring(kernel, ring, first, WalkPath(fmt::format("task {}", record.u32(task.pid))), visit, problems);
}

std::string dentry_path(const KernelMemory& kernel, LinearAddr dentry, Problems& problems) {
    const FileLayout& layout = kernel.kernel->layouts().file;
    WalkPath way("dentry");
    std::string path;
    Record record;
    for (uint32_t depth = 0; depth < kMaxPathDepth; ++depth) {
        if (dentry.value < kPageOffset || layout.dentry.read(kernel.memory, dentry, record)) {
            report(problems, describe_damage("dentry.d_parent", dentry, "not mapped", way));
            return "?" + path;
        }
        const LinearAddr parent = record.pointer(layout.d_parent);
        if (parent == dentry) return path.empty() ? "/" : path;
        const uint32_t length = record.u32(layout.d_name_len);
        const LinearAddr text = record.pointer(layout.d_name);
        std::string name(std::min(length, kMaxNameLength), '\0');
        if (text.value < kPageOffset || length > kMaxNameLength ||
            kernel.memory.read(text, std::as_writable_bytes(std::span(name)))) {
            report(problems, describe_damage("dentry.d_name", text, "no readable name", way));
            name = "?";
        }
        path = "/" + escape_newlines(name) + path;
        way = way.then("d_parent");
        dentry = parent;
    }
    report(problems, describe_damage("dentry.d_parent", dentry, "more levels than any path has", way));
    return "?" + path;
}

}  // namespace mmscope
