// SPDX-License-Identifier: GPL-2.0-or-later
// Puts the fixture kernel's structures into fake RAM by the names of their members.
#include "fake_guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/check.h"

namespace mmscope::test {

namespace {

constexpr uint32_t kRam = 32u << 20;
constexpr uint32_t kOffset = 0xC0000000;

PhysAddr physical(LinearAddr address) {
    return PhysAddr(address.value - kOffset);
}

}  // namespace

std::string fixture_path(std::string_view name) {
    return fmt::format("{}/{}", MMSCOPE_FIXTURES, name);
}

std::vector<std::byte> read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> chars((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::vector<std::byte> bytes(chars.size());
    std::memcpy(bytes.data(), chars.data(), chars.size());
    return bytes;
}

FakeGuest::FakeGuest() : ram_(kRam) {
    auto opened = Inspector::open(fixture_path("kernel.elf"), *this, [this] { return moment; });
    if (!opened) fmt::print(stderr, "{}\n", opened.error().message);
    CHECK(opened.has_value());
    inspector_ = std::move(*opened);
    moment.time = VirtualTime{1000};
    moment.instructions = 10;
    moment.paging = {.directory = physical(symbol("swapper_pg_dir")),
                     .paging = true,
                     .write_protect = true,
                     .large_pages = false,
                     .global_pages = false};
    for (uint32_t table = 0; table < kRam >> 22; ++table) {
        const PhysAddr at = allocate(4096);
        poke_u32(symbol("swapper_pg_dir") + (768 + table) * 4, at.value | 0x63);
        for (uint32_t i = 0; i < 1024; ++i)
            poke_u32(LinearAddr(kOffset + at.value + i * 4), (table << 22 | i << 12) | 0x63);
    }
    const LinearAddr init_task = symbol("init_task");
    for (const char* list : {"tasks", "thread_group"}) {
        const LinearAddr head = init_task + place("task_struct", list).offset;
        poke_u32(head, head.value);
        poke_u32(head + 4, head.value);
    }
    const std::string_view name = "swapper";
    poke(init_task + place("task_struct", "comm").offset, std::as_bytes(std::span(name)));
    run(init_task);
}

bool FakeGuest::read(PhysAddr address, std::span<std::byte> out) const {
    if (address.value > kRam || out.size() > kRam - address.value) return false;
    std::copy_n(ram_.begin() + address.value, out.size(), out.begin());
    return true;
}

PhysAddr FakeGuest::allocate(uint32_t bytes) {
    const PhysAddr at(next_free_);
    next_free_ += (bytes + 4095) & ~4095u;
    CHECK(next_free_ <= kRam);
    return at;
}

LinearAddr FakeGuest::make(std::string_view tag) {
    const Type* type = kernel().image().types().find_tag(tag);
    CHECK(type != nullptr);
    return LinearAddr(kOffset + allocate(type->size).value);
}

MemberPlace FakeGuest::place(std::string_view tag, std::string_view member) const {
    const Type* type = kernel().image().types().find_tag(tag);
    CHECK(type != nullptr);
    const auto found = find_member(*type, member);
    if (!found) fmt::print(stderr, "no member {} in {}\n", member, tag);
    CHECK(found.has_value());
    return *found;
}

void FakeGuest::set(LinearAddr at, std::string_view tag, std::string_view member, uint32_t value) {
    const MemberPlace where = find_scalar(place(tag, member)).value();
    const uint32_t size = std::min(where.type->resolved().size, 4u);
    poke(at + where.offset, std::as_bytes(std::span(&value, 1)).first(size));
}

uint32_t FakeGuest::get(LinearAddr at, std::string_view tag, std::string_view member) const {
    const MemberPlace where = find_scalar(place(tag, member)).value();
    uint32_t value = 0;
    const uint32_t size = std::min(where.type->resolved().size, 4u);
    CHECK(read(physical(at + where.offset), std::as_writable_bytes(std::span(&value, 1)).first(size)));
    return value;
}

void FakeGuest::poke(LinearAddr kernel_address, std::span<const std::byte> bytes) {
    const PhysAddr at = physical(kernel_address);
    CHECK(at.value + bytes.size() <= kRam);
    std::copy(bytes.begin(), bytes.end(), ram_.begin() + at.value);
}

void FakeGuest::poke_u32(LinearAddr kernel_address, uint32_t value) {
    poke(kernel_address, std::as_bytes(std::span(&value, 1)));
}

LinearAddr FakeGuest::text(std::string_view text) {
    const LinearAddr at(kOffset + allocate(static_cast<uint32_t>(text.size()) + 1).value);
    poke(at, std::as_bytes(std::span(text)));
    return at;
}

void FakeGuest::unmap(LinearAddr kernel_address) {
    const Walk walk = walk_page(*this, moment.paging, kernel_address);
    CHECK(walk.pte.has_value());
    poke_u32(LinearAddr(kOffset + walk.pte_at.value), 0);
}

void FakeGuest::link_ring(LinearAddr head, LinearAddr task, std::string_view list) {
    const uint32_t offset = place("task_struct", list).offset;
    const LinearAddr first = head + offset, node = task + offset;
    uint32_t last = 0;
    CHECK(read(physical(first + 4), std::as_writable_bytes(std::span(&last, 1))));
    poke_u32(node, first.value);
    poke_u32(node + 4, last);
    poke_u32(LinearAddr(last), node.value);
    poke_u32(first + 4, node.value);
}

LinearAddr FakeGuest::add_task(uint32_t pid, std::string_view comm, LinearAddr mm) {
    const LinearAddr task = make("task_struct");
    set(task, "task_struct", "pid", pid);
    set(task, "task_struct", "tgid", pid);
    set(task, "task_struct", "mm", mm.value);
    set(task, "task_struct", "active_mm", mm.value);
    set(task, "task_struct", "real_parent", symbol("init_task").value);
    set(task, "task_struct", "group_leader", task.value);
    poke(task + place("task_struct", "comm").offset, std::as_bytes(std::span(comm)));
    const LinearAddr group = task + place("task_struct", "thread_group").offset;
    poke_u32(group, group.value);
    poke_u32(group + 4, group.value);
    link_ring(symbol("init_task"), task, "tasks");
    return task;
}

LinearAddr FakeGuest::add_thread(LinearAddr leader, uint32_t pid) {
    const LinearAddr task = make("task_struct");
    for (const char* member : {"tgid", "mm", "active_mm", "real_parent"}) {
        set(task, "task_struct", member, get(leader, "task_struct", member));
    }
    set(task, "task_struct", "pid", pid);
    link_ring(leader, task, "thread_group");
    return task;
}

void FakeGuest::run(LinearAddr task) {
    poke_u32(symbol("current_task"), task.value);
}

LinearAddr FakeGuest::add_mm() {
    const LinearAddr mm = make("mm_struct");
    set(mm, "mm_struct", "mm_users", 1);
    set(mm, "mm_struct", "mm_count", 1);
    const PhysAddr directory = allocate(4096);
    set(mm, "mm_struct", "pgd", kOffset + directory.value);
    std::copy_n(ram_.begin() + physical(symbol("swapper_pg_dir")).value + 3072, 1024,
                ram_.begin() + directory.value + 3072);
    return mm;
}

LinearAddr FakeGuest::add_vma(LinearAddr mm, uint32_t start, uint32_t end, uint32_t flags, LinearAddr file) {
    const LinearAddr vma = make("vm_area_struct");
    set(vma, "vm_area_struct", "vm_mm", mm.value);
    set(vma, "vm_area_struct", "vm_start", start);
    set(vma, "vm_area_struct", "vm_end", end);
    set(vma, "vm_area_struct", "vm_flags", flags);
    set(vma, "vm_area_struct", "vm_file", file.value);
    if (file.value == 0) set(vma, "vm_area_struct", "vm_pgoff", start >> 12);
    LinearAddr last(get(mm, "mm_struct", "mmap"));
    if (last.value == 0) {
        set(mm, "mm_struct", "mmap", vma.value);
    } else {
        while (const uint32_t next = get(last, "vm_area_struct", "vm_next"))
            last = LinearAddr(next);
        set(last, "vm_area_struct", "vm_next", vma.value);
    }
    set(mm, "mm_struct", "map_count", get(mm, "mm_struct", "map_count") + 1);
    set(mm, "mm_struct", "total_vm", get(mm, "mm_struct", "total_vm") + ((end - start) >> 12));
    return vma;
}

void FakeGuest::rebuild_tree(LinearAddr mm) {
    std::vector<LinearAddr> vmas;
    for (uint32_t at = get(mm, "mm_struct", "mmap"); at;
         at = get(LinearAddr(at), "vm_area_struct", "vm_next")) {
        vmas.emplace_back(at);
    }
    set(mm, "mm_struct", "mm_rb.rb_node", build_tree(vmas, 0, vmas.size(), {}).value);
}

LinearAddr FakeGuest::build_tree(const std::vector<LinearAddr>& vmas, size_t from, size_t to,
                                 LinearAddr parent) {
    if (from == to) return {};
    const size_t middle = from + (to - from) / 2;
    const LinearAddr node = vmas[middle] + place("vm_area_struct", "vm_rb").offset;
    set(vmas[middle], "vm_area_struct", "vm_rb.rb_parent_color", parent.value | 1);
    set(vmas[middle], "vm_area_struct", "vm_rb.rb_left", build_tree(vmas, from, middle, node).value);
    set(vmas[middle], "vm_area_struct", "vm_rb.rb_right", build_tree(vmas, middle + 1, to, node).value);
    return node;
}

LinearAddr FakeGuest::add_file(std::string_view path, uint32_t inode_number, uint32_t size) {
    LinearAddr dentry = make("dentry");
    set(dentry, "dentry", "d_parent", dentry.value);  // the root is its own parent
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(part.size());
        const LinearAddr child = make("dentry");
        set(child, "dentry", "d_parent", dentry.value);
        set(child, "dentry", "d_name.name", text(part).value);
        set(child, "dentry", "d_name.len", static_cast<uint32_t>(part.size()));
        dentry = child;
    }
    const LinearAddr inode = make("inode");
    set(inode, "inode", "i_ino", inode_number);
    set(inode, "inode", "i_size", size);
    set(inode, "inode", "i_dev", 0x0103);
    set(dentry, "dentry", "d_inode", inode.value);
    const LinearAddr file = make("file");
    set(file, "file", "f_path.dentry", dentry.value);
    return file;
}

PhysAddr FakeGuest::directory_of(LinearAddr mm) const {
    return physical(LinearAddr(get(mm, "mm_struct", "pgd")));
}

void FakeGuest::map_user(LinearAddr mm, uint32_t address, uint32_t entry) {
    const LinearAddr pde(kOffset + directory_of(mm).value + (address >> 22) * 4);
    uint32_t table = 0;
    CHECK(read(physical(pde), std::as_writable_bytes(std::span(&table, 1))));
    if (!(table & 1)) {
        table = allocate(4096).value | 0x67;
        poke_u32(pde, table);
    }
    poke_u32(LinearAddr(kOffset + (table & ~0xFFFu) + (address >> 12 & 0x3FF) * 4), entry);
}

LinearAddr FakeGuest::symbol(std::string_view name) const {
    const Symbol* symbol = inspector_->kernel().symbols().find(name);
    CHECK(symbol != nullptr);
    return symbol->address;
}

}  // namespace mmscope::test
