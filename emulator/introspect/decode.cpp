// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks, files and single areas as plain values.
#include "introspect/decode.h"

#include <fmt/format.h>

#include <utility>

namespace mmscope {

TaskModel decode_task(const KernelMemory& kernel, const Record& task) {
    const TaskLayout& layout = kernel.kernel->layouts().task;
    TaskModel model;
    model.moment = kernel.moment;
    model.at = task.at();
    model.pid = task.u32(layout.pid);
    model.tgid = task.u32(layout.tgid);
    model.state = task.i32(layout.state);
    model.exit_state = task.u32(layout.exit_state);
    model.comm = task.text(layout.comm.offset, layout.comm.type->resolved().size);
    model.mm = task.pointer(layout.mm);
    model.active_mm = task.pointer(layout.active_mm);
    return model;
}

Result<TaskModel> decode_task_at(const KernelMemory& kernel, LinearAddr at, const WalkPath& path) {
    Record record;
    if (at.value < kPageOffset || kernel.kernel->layouts().task.layout.read(kernel.memory, at, record)) {
        return std::unexpected(decode_error("task_struct", at, "not mapped", path));
    }
    return decode_task(kernel, record);
}

namespace {

/// The parent's pid; 0 if it cannot be read.
uint32_t parent_pid(const KernelMemory& kernel, const Record& task) {
    const TaskLayout& layout = kernel.kernel->layouts().task;
    const auto parent = decode_task_at(kernel, task.pointer(layout.real_parent), WalkPath("real_parent"));
    return parent ? parent->tgid : 0;
}

}  // namespace

Result<TaskListModel> decode_tasks(const KernelMemory& kernel) {
    TaskListModel list;
    list.moment = kernel.moment;
    const RecordVisitor take = [&](const Record& task) {
        list.tasks.push_back(decode_task(kernel, task));
        list.tasks.back().parent = parent_pid(kernel, task);
        return list.tasks.size() < kMaxTasks;
    };
    const RecordVisitor with_threads = [&](const Record& leader) {
        if (!take(leader)) return false;
        for_each_thread(kernel, leader.at(), take, list.problems);
        return list.tasks.size() < kMaxTasks;
    };
    const auto walked = for_each_process(kernel, with_threads, list.problems);
    if (!walked) return std::unexpected(walked.error());
    return list;
}

FileModel decode_file(const KernelMemory& kernel, LinearAddr at, Problems& problems) {
    const FileLayout& layout = kernel.kernel->layouts().file;
    FileModel file;
    file.path = "?";
    Record record;
    if (at.value < kPageOffset || layout.file.read(kernel.memory, at, record)) {
        report(problems, describe_damage("vm_area_struct.vm_file", at, "not mapped", WalkPath("vm_file")));
        return file;
    }
    const LinearAddr dentry = record.pointer(layout.f_dentry);
    file.path = dentry_path(kernel, dentry, problems);
    if (dentry.value < kPageOffset || layout.dentry.read(kernel.memory, dentry, record)) return file;
    const LinearAddr inode = record.pointer(layout.d_inode);
    if (inode.value < kPageOffset || layout.inode.read(kernel.memory, inode, record)) {
        report(problems,
               describe_damage("dentry.d_inode", inode, "not mapped", WalkPath("vm_file").then("dentry")));
        return file;
    }
    file.inode = record.u32(layout.i_ino);
    file.size = record.get(layout.i_size);
    const uint32_t device = record.u32(layout.i_dev);
    const uint32_t minor_bits = layout.i_dev.size == 2 ? 8 : 20;  // 16-bit devices, or those of 2.6
    file.major = device >> minor_bits;
    file.minor = device & ((1u << minor_bits) - 1);
    return file;
}

VmaModel VmaDecoder::decode(const Record& vma, Problems& problems) {
    const VmaLayout& layout = kernel_.kernel->layouts().vma;
    VmaModel model;
    model.at = vma.at();
    model.start = vma.pointer(layout.vm_start);
    model.end = vma.pointer(layout.vm_end);
    model.flags = vma.u32(layout.vm_flags);
    model.page_prot = vma.u32(layout.vm_page_prot);
    model.pgoff = vma.u32(layout.vm_pgoff);
    if (const LinearAddr file = vma.pointer(layout.vm_file); file.value != 0) {
        auto known = files_.find(file);
        if (known == files_.end()) known = files_.emplace(file, decode_file(kernel_, file, problems)).first;
        model.file = known->second;
        model.name = model.file->path;
    } else if (naming_.vdso.value != 0 && model.start == naming_.vdso) {
        model.name = "[vdso]";
    } else if (model.start <= naming_.brk && model.end >= naming_.start_brk) {
        model.name = "[heap]";
    } else if (model.start <= naming_.start_stack && model.end >= naming_.start_stack) {
        model.name = "[stack]";
    }
    return model;
}

}  // namespace mmscope
