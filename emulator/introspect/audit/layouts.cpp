// SPDX-License-Identifier: GPL-2.0-or-later
// One function a structure: which member stands behind which Field.
#include "introspect/audit/layouts.h"

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace mmscope {

namespace {

class Resolver {
  public:
    explicit Resolver(const KernelImage& image) : image_(image) {}

    /// A structure without which nothing can be audited.
    StructLayout need(std::string_view tag) {
        const auto type = image_.types().get_tag(tag);
        if (type) return StructLayout(**type);
        if (!error_) error_ = type.error();
        return {};
    }
    /// A structure of a part that may not be in this kernel: without members then.
    StructLayout open(std::string_view tag) const {
        const Type* type = image_.types().find_tag(tag);
        return type ? StructLayout(*type) : StructLayout();
    }
    LinearAddr symbol(std::initializer_list<std::string_view> names) const {
        for (const std::string_view name : names) {
            if (const Symbol* symbol = image_.symbols().find(name)) return symbol->address;
        }
        return {};
    }
    [[nodiscard]] int enumerator(std::string_view tag, std::string_view name) const {
        const Type* type = image_.types().find_tag(tag);
        if (!type) return -1;
        for (const Enumerator& e : type->resolved().enumerators) {
            if (e.name == name && e.value >= 0 && e.value < 32) return static_cast<int>(e.value);
        }
        return -1;
    }
    [[nodiscard]] const KernelImage& image() const { return image_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    const KernelImage& image_;
    std::optional<Error> error_;
};

Field any(StructLayout& layout, std::initializer_list<std::string_view> paths) {
    for (const std::string_view path : paths) {
        if (const Field field = layout.find(path)) return field;
    }
    return {};
}

/// Where a member begins; 0 if there is none.
uint32_t offset_of(StructLayout& layout, std::string_view path) {
    const auto place = layout.require_place(path);
    return place ? place->offset : 0;
}

void resolve_task(Resolver& r, AuditLayouts::Task& t) {
    StructLayout& l = t.layout = r.need("task_struct");
    t.pid = l.find("pid");
    t.state = l.find("state");
    t.exit_state = l.find("exit_state");
    t.flags = l.find("flags");
    t.preempt_count = l.find("preempt_count");
    t.mm = l.find("mm");
    t.active_mm = l.find("active_mm");
    t.stack = l.find("stack");
    t.start_time = l.find("start_time");
    t.files = l.find("files");
    t.group_leader = l.find("group_leader");
    t.links = {l.find("tasks.next"), l.find("sibling.next"), l.find("children.next"),
               l.find("thread_group.next")};
}

void resolve_mm_space(AuditLayouts::Mm& m) {
    StructLayout& l = m.layout;
    m.mmap = l.find("mmap");
    m.rb_node = l.find("mm_rb.rb_node");
    m.mmap_avl = l.find("mmap_avl");
    m.swap_address = l.find("swap_address");
    m.segments = l.find("context.segments");
    m.mmap_cache = l.find("mmap_cache");
    m.get_unmapped_area = l.find("get_unmapped_area");
    m.unmap_area = l.find("unmap_area");
    m.mmap_base = l.find("mmap_base");
    m.task_size = l.find("task_size");
    m.cached_hole_size = l.find("cached_hole_size");
    m.free_area_cache = l.find("free_area_cache");
    m.pgd = l.find("pgd");
    m.mm_users = l.find("mm_users");
    m.mm_count = l.find("mm_count");
    m.map_count = l.find("map_count");
    m.sem_count = any(l, {"mmap_sem.count", "mmap_sem.activity"});
    m.sem_writer = l.find("mmap_sem.writer");
    m.sem_waiters = l.find("mmap_sem.wait_list.next");
    m.sem_acquisitions = l.find("mmap_sem.acquisitions");
    m.lock_serving = l.find("page_table_lock.serving");
    m.lock_next = l.find("page_table_lock.next");
    m.mmlist_next = l.find("mmlist.next");
    m.mmlist_prev = l.find("mmlist.prev");
}

void resolve_mm_counters(AuditLayouts::Mm& m) {
    StructLayout& l = m.layout;
    m.file_rss = l.find("_file_rss");
    m.anon_rss = any(l, {"_anon_rss", "anon_rss"});
    m.rss = l.find("rss");
    m.hiwater_rss = l.find("hiwater_rss");
    m.hiwater_vm = l.find("hiwater_vm");
    m.total_vm = l.find("total_vm");
    m.locked_vm = l.find("locked_vm");
    m.shared_vm = l.find("shared_vm");
    m.exec_vm = l.find("exec_vm");
    m.stack_vm = l.find("stack_vm");
    m.reserved_vm = l.find("reserved_vm");
    m.nr_ptes = l.find("nr_ptes");
}

void resolve_mm_values(AuditLayouts::Mm& m) {
    StructLayout& l = m.layout;
    m.start_code = l.find("start_code");
    m.end_code = l.find("end_code");
    m.start_data = l.find("start_data");
    m.end_data = l.find("end_data");
    m.start_brk = l.find("start_brk");
    m.brk = l.find("brk");
    m.start_stack = l.find("start_stack");
    m.arg_start = l.find("arg_start");
    m.arg_end = l.find("arg_end");
    m.env_start = l.find("env_start");
    m.env_end = l.find("env_end");
    m.cpu_vm_mask = l.find("cpu_vm_mask");
    m.ldt = l.find("context.ldt");
    m.ldt_size = l.find("context.size");
    m.flags = l.find("flags");
    m.core_state = l.find("core_state");
    m.core_waiters = l.find("core_waiters");
    m.ioctx_first = any(l, {"ioctx_list.first", "ioctx_list"});
    m.default_kioctx = l.require_place("default_kioctx").value_or(MemberPlace{});
    m.default_kioctx_mm = l.find("default_kioctx.mm");
    m.reqs_active = l.find("default_kioctx.reqs_active");
    m.active_reqs = l.find("default_kioctx.active_reqs.next");
    m.owner = l.find("owner");
    m.exe_file = l.find("exe_file");
    m.num_exe_file_vmas = l.find("num_exe_file_vmas");
    m.mmu_notifier_mm = l.find("mmu_notifier_mm");
    m.saved_auxv = l.require_place("saved_auxv").value_or(MemberPlace{});
    l.cover_all();
}

void resolve_vma(Resolver& r, AuditLayouts::Vma& v) {
    StructLayout& l = v.layout = r.need("vm_area_struct");
    v.vm_mm = l.find("vm_mm");
    v.vm_start = l.find("vm_start");
    v.vm_end = l.find("vm_end");
    v.vm_next = l.find("vm_next");
    v.vm_page_prot = l.find("vm_page_prot");
    v.vm_flags = l.find("vm_flags");
    v.rb_parent_color = any(l, {"vm_rb.rb_parent_color", "vm_rb.__rb_parent_color"});
    v.rb_parent = l.find("vm_rb.rb_parent");
    v.rb_color = l.find("vm_rb.rb_color");
    v.rb_left = l.find("vm_rb.rb_left");
    v.rb_right = l.find("vm_rb.rb_right");
    v.next_share = l.find("vm_next_share");
    v.pprev_share = l.find("vm_pprev_share");
    v.avl_height = l.find("vm_avl_height");
    v.avl_left = l.find("vm_avl_left");
    v.avl_right = l.find("vm_avl_right");
    v.vm_pgoff = l.find("vm_pgoff");
    v.vm_file = l.find("vm_file");
    v.anon_vma = l.find("anon_vma");
    v.anon_node_next = l.find("anon_vma_node.next");
    v.anon_node_prev = l.find("anon_vma_node.prev");
    v.set_parent = l.find("shared.vm_set.parent");
    v.set_head = l.find("shared.vm_set.head");
    v.prio_left = l.find("shared.prio_tree_node.left");
    v.prio_right = l.find("shared.prio_tree_node.right");
    v.prio_parent = l.find("shared.prio_tree_node.parent");
    v.vm_rb = offset_of(l, "vm_rb");
    v.anon_node = offset_of(l, "anon_vma_node");
    v.prio_node = offset_of(l, "shared.prio_tree_node");
    l.cover_all();
}

void resolve_page(Resolver& r, AuditLayouts::Page& p) {
    StructLayout& l = p.layout = r.need("page");
    p.flags = l.find("flags");
    p.count = l.find("_count");
    p.mapcount = l.find("_mapcount");
    p.mapping = l.find("mapping");
    p.index = l.find("index");
    p.private_ = any(l, {"private_", "private"});
    p.lru_next = l.find("lru.next");
    p.lru_prev = l.find("lru.prev");
    p.lru = offset_of(l, "lru");
    p.bit_reserved = r.enumerator("pageflags", "PG_reserved");
    p.bit_slab = r.enumerator("pageflags", "PG_slab");
    p.bit_buddy = r.enumerator("pageflags", "PG_buddy");
    p.bit_lru = r.enumerator("pageflags", "PG_lru");
    p.bit_swapcache = r.enumerator("pageflags", "PG_swapcache");
    l.cover_all();
}

void resolve_files(Resolver& r, AuditLayouts& a) {
    a.mapping.layout = r.open("address_space");
    a.mapping.host = a.mapping.layout.find("host");
    a.mapping.nrpages = a.mapping.layout.find("nrpages");
    a.mapping.tree_height = a.mapping.layout.find("pages.height");
    a.mapping.tree_root = a.mapping.layout.find("pages.root");
    a.mapping.prio_root = any(a.mapping.layout, {"i_mmap.prio_tree_node", "i_mmap.node"});
    StructLayout node = r.open("page_tree_node");
    if (const auto slots = node.require_place("slots")) {
        a.node = {node.type().size, slots->offset, slots->type->resolved().count};
    }
    a.file.layout = r.open("file");
    a.file.f_mode = a.file.layout.find("f_mode");
    a.file.f_mapping = a.file.layout.find("f_mapping");
    a.inode.layout = r.open("inode");
    a.inode.i_mode = a.inode.layout.find("i_mode");
    a.inode.i_writecount = a.inode.layout.find("i_writecount");
}

void resolve_reverse_map(Resolver& r, AuditLayouts& a) {
    a.anon_vma.layout = r.open("anon_vma");
    a.anon_vma.head_next = a.anon_vma.layout.find("head.next");
    a.anon_vma.head = offset_of(a.anon_vma.layout, "head");
}

void resolve_swap(Resolver& r, AuditLayouts& a) {
    AuditLayouts::SwapArea& s = a.swap;
    s.layout = r.open("swap_info_struct");
    s.flags = s.layout.find("flags");
    s.max = any(s.layout, {"max", "map.slots"});
    s.size = s.layout.type().size;
    for (const char* member : {"swap_map", "map.count"}) {
        const auto place = find_member(s.layout.type(), member);
        if (!place || !place->type->resolved().target) continue;
        s.swap_map = s.layout.find(member);
        s.map_width = place->type->resolved().target->resolved().size;
    }
    a.swap_info = r.symbol({"swap_info"});
    const Type* table = r.image().types().find_variable_type("swap_info");
    if (table && table->resolved().kind == TypeKind::Array) s.count = table->resolved().count;
    a.swap_token_mm = r.symbol({"swap_token_mm"});
}

void resolve_context(Resolver& r, AuditLayouts& a) {
    a.kioctx.layout = r.open("kioctx");
    a.kioctx.mm = a.kioctx.layout.find("mm");
    a.kioctx.users = a.kioctx.layout.find("users");
    a.kioctx.dead = a.kioctx.layout.find("dead");
    a.kioctx.ring_pages = a.kioctx.layout.find("ring_info.ring_pages");
    a.kioctx.nr_ring_pages = a.kioctx.layout.find("ring_info.nr_pages");
    a.kioctx.next = a.kioctx.layout.find("list.next");
    a.kioctx.link = offset_of(a.kioctx.layout, "list");
    if (!a.kioctx.next) a.kioctx.next = a.kioctx.layout.find("next");  // names the context itself
    a.kiocb.layout = r.open("kiocb");
    a.kiocb.ki_ctx = a.kiocb.layout.find("ki_ctx");
    a.kiocb.next = a.kiocb.layout.find("ki_list.next");
    a.notifier.holder = r.open("mmu_notifier_mm");
    a.notifier.first = a.notifier.holder.find("list.first");
    a.notifier.entry = r.open("mmu_notifier");
    a.notifier.next = any(a.notifier.entry, {"hlist.next", "node.next", "list.next"});
    a.notifier.link = a.notifier.next.offset;
    a.core.layout = r.open("core_state");
    a.core.dumper_task = a.core.layout.find("dumper.task");
}

void resolve_symbols(const Resolver& r, AuditLayouts& a) {
    a.init_mm = r.symbol({"init_mm"});
    a.init_task = r.symbol({"init_task"});
    a.current_task = r.symbol({"current_task"});
    a.mem_map = r.symbol({"mem_map"});
    a.max_mapnr = r.symbol({"max_mapnr"});
    a.swapper_pg_dir = r.symbol({"swapper_pg_dir"});
    a.high_memory = r.symbol({"high_memory"});
    a.mm_cachep = r.symbol({"mm_cachep"});
    a.filp_cachep = r.symbol({"filp_cachep"});
    a.bottom_up = r.symbol({"arch_get_unmapped_area"});
    a.top_down = r.symbol({"arch_get_unmapped_area_topdown"});
    a.bottom_up_unmap = r.symbol({"arch_unmap_area"});
    a.top_down_unmap = r.symbol({"arch_unmap_area_topdown"});
}

/// What no audit can do without.
std::optional<Error> missing(const AuditLayouts& a) {
    const auto lacks = [](std::string_view what) {
        return Error{fmt::format("the kernel cannot be audited: it has no {}", what)};
    };
    if (!a.task.mm || !a.task.active_mm || !a.task.pid)
        return lacks("task_struct with pid, mm and active_mm");
    if (!a.mm.mmap || !a.mm.mm_users || !a.mm.pgd) return lacks("mm_struct with mmap, mm_users and pgd");
    if (!a.vma.vm_start || !a.vma.vm_next) return lacks("vm_area_struct with vm_start and vm_next");
    if (!a.page.count || !a.page.mapcount || !a.page.mapping) return lacks("struct page");
    if (a.init_mm.value == 0 || a.init_task.value == 0) return lacks("init_mm and init_task");
    return std::nullopt;
}

}  // namespace

Result<AuditLayouts> AuditLayouts::resolve(const KernelImage& image) {
    Resolver r(image);
    AuditLayouts a;
    resolve_task(r, a.task);
    a.mm.layout = r.need("mm_struct");
    resolve_mm_space(a.mm);
    resolve_mm_counters(a.mm);
    resolve_mm_values(a.mm);
    resolve_vma(r, a.vma);
    resolve_page(r, a.page);
    if (auto slabs = SlabLayouts::resolve(image.types())) a.slabs = *slabs;
    resolve_files(r, a);
    resolve_reverse_map(r, a);
    resolve_swap(r, a);
    resolve_context(r, a);
    resolve_symbols(r, a);
    if (r.error()) return std::unexpected(*r.error());
    if (const auto error = missing(a)) return std::unexpected(*error);
    return a;
}

}  // namespace mmscope
