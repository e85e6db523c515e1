// SPDX-License-Identifier: GPL-2.0-or-later
// Which members the walkers need, and which they can do without.
#include "introspect/kernel_layouts.h"

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <utility>

namespace mmscope {

namespace {

/// Resolves members one after the other and keeps the first error.
class Resolver {
  public:
    explicit Resolver(const KernelImage& image) : image_(image) {}

    StructLayout open(std::string_view tag) {
        const auto type = image_.types().get_tag(tag);
        if (!type) return remember(type.error()), StructLayout();
        return StructLayout(**type);
    }
    Field require(StructLayout& layout, std::string_view path) {
        const auto field = layout.require(path);
        if (!field) return remember(field.error()), Field{};
        return *field;
    }
    MemberPlace place(StructLayout& layout, std::string_view path) {
        const auto place = layout.require_place(path);
        if (!place) return remember(place.error()), MemberPlace{};
        return *place;
    }
    /// The first of several names that exists; editions differ.
    static Field any(StructLayout& layout, std::initializer_list<std::string_view> paths) {
        for (const std::string_view path : paths) {
            if (const Field field = layout.find(path)) return field;
        }
        return {};
    }
    LinearAddr symbol(std::string_view name) {
        const Symbol* symbol = image_.symbols().find(name);
        if (!symbol) return remember(Error{fmt::format("has no symbol {}", name)}), LinearAddr{};
        return symbol->address;
    }
    LinearAddr optional_symbol(std::string_view name) const {
        const Symbol* symbol = image_.symbols().find(name);
        return symbol ? symbol->address : LinearAddr{};
    }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    void remember(const Error& error) {
        if (error_) return;
        const bool named = error.message.starts_with(image_.name());
        error_ = Error{named ? error.message : fmt::format("{}: {}", image_.name(), error.message)};
    }
    const KernelImage& image_;
    std::optional<Error> error_;
};

TaskLayout resolve_task(Resolver& r) {
    TaskLayout task;
    task.layout = r.open("task_struct");
    StructLayout& l = task.layout;
    task.state = r.require(l, "state");
    task.exit_state = Resolver::any(l, {"exit_state"});  // 2.4 has it in state
    task.pid = r.require(l, "pid");
    task.tgid = r.require(l, "tgid");
    task.real_parent = Resolver::any(l, {"real_parent", "parent", "p_pptr"});
    task.mm = r.require(l, "mm");
    task.active_mm = r.require(l, "active_mm");
    task.tasks = r.place(l, "tasks");
    task.thread_group = r.place(l, "thread_group");
    task.tasks_next = r.require(l, "tasks.next");
    task.thread_next = r.require(l, "thread_group.next");
    task.comm = r.place(l, "comm");
    return task;
}

MmLayout resolve_mm(Resolver& r) {
    MmLayout mm;
    mm.layout = r.open("mm_struct");
    StructLayout& l = mm.layout;
    mm.mmap = r.require(l, "mmap");
    mm.rb_node = Resolver::any(l, {"mm_rb.rb_node"});
    mm.pgd = r.require(l, "pgd");
    mm.mm_users = r.require(l, "mm_users");
    mm.mm_count = r.require(l, "mm_count");
    mm.map_count = r.require(l, "map_count");
    mm.total_vm = r.require(l, "total_vm");
    mm.start_brk = r.require(l, "start_brk");
    mm.brk = r.require(l, "brk");
    mm.start_stack = r.require(l, "start_stack");
    mm.vdso = Resolver::any(l, {"context.vdso"});
    mm.rss = Resolver::any(l, {"rss", "_rss"});
    mm.file_rss = Resolver::any(l, {"_file_rss"});
    mm.anon_rss = Resolver::any(l, {"_anon_rss", "anon_rss"});
    mm.sem_count = Resolver::any(l, {"mmap_sem.count", "mmap_sem.activity"});
    mm.sem_writer = Resolver::any(l, {"mmap_sem.writer"});
    mm.lock_serving = Resolver::any(l, {"page_table_lock.serving"});
    mm.lock_next = Resolver::any(l, {"page_table_lock.next"});
    l.cover_all();  // every member is shown
    return mm;
}

VmaLayout resolve_vma(Resolver& r) {
    VmaLayout vma;
    vma.layout = r.open("vm_area_struct");
    StructLayout& l = vma.layout;
    vma.vm_mm = r.require(l, "vm_mm");
    vma.vm_start = r.require(l, "vm_start");
    vma.vm_end = r.require(l, "vm_end");
    vma.vm_next = r.require(l, "vm_next");
    vma.vm_page_prot = r.require(l, "vm_page_prot");
    vma.vm_flags = r.require(l, "vm_flags");
    vma.vm_pgoff = r.require(l, "vm_pgoff");
    vma.vm_file = r.require(l, "vm_file");
    vma.rb_left = Resolver::any(l, {"vm_rb.rb_left"});
    vma.rb_right = Resolver::any(l, {"vm_rb.rb_right"});
    if (vma.rb_left) vma.vm_rb = r.place(l, "vm_rb").offset;
    return vma;
}

FileLayout resolve_file(Resolver& r) {
    FileLayout file;
    file.file = r.open("file");
    file.dentry = r.open("dentry");
    file.inode = r.open("inode");
    file.f_dentry = Resolver::any(file.file, {"f_path.dentry", "f_dentry"});
    if (!file.f_dentry) file.f_dentry = r.require(file.file, "f_path.dentry");
    file.d_parent = r.require(file.dentry, "d_parent");
    file.d_name = r.require(file.dentry, "d_name.name");
    file.d_name_len = r.require(file.dentry, "d_name.len");
    file.d_inode = r.require(file.dentry, "d_inode");
    file.i_ino = r.require(file.inode, "i_ino");
    file.i_size = r.require(file.inode, "i_size");
    file.i_dev = Resolver::any(file.inode, {"i_dev"});
    return file;
}

}  // namespace

Result<KernelLayouts> KernelLayouts::resolve(const KernelImage& image) {
    Resolver r(image);
    KernelLayouts layouts;
    layouts.task = resolve_task(r);
    layouts.mm = resolve_mm(r);
    layouts.vma = resolve_vma(r);
    layouts.file = resolve_file(r);
    layouts.init_task = r.symbol("init_task");
    layouts.current_task = r.symbol("current_task");
    layouts.swapper_pg_dir = r.optional_symbol("swapper_pg_dir");
    layouts.empty_zero_page = r.optional_symbol("empty_zero_page");
    const Type* zero_page = image.types().find_variable_type("empty_zero_page");
    layouts.zero_page_is_pointer = zero_page && zero_page->resolved().kind == TypeKind::Pointer;
    if (r.error()) return std::unexpected(*r.error());
    return layouts;
}

}  // namespace mmscope
