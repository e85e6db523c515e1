// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/audit/targets.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include "introspect/objects.h"

namespace mmscope::test {
namespace {

constexpr const char *kSpaceTag = "mm_struct", *kAreaTag = "vm_area_struct", *kTaskTag = "task_struct";

/// Everything that lives on the machine, and how to name its words.
class Finder {
  public:
    explicit Finder(const Lab& lab) : lab_(lab), memory_(lab.inspector().memory().value()) {
        const TaskListModel list = lab.inspector().tasks().value();
        std::set<LinearAddr> mms = {lab.symbol("init_mm")};
        for (const TaskModel& task : list.tasks) {
            tasks_.push_back(task.at);
            if (!task.is_kernel_thread()) mms.insert(task.mm);
        }
        mms_.assign(mms.begin(), mms.end());
        for (const LinearAddr mm : mms_) {
            for (LinearAddr at(lab.get(mm, kSpaceTag, "mmap")); at.value != 0;
                 at = LinearAddr(lab.get(at, kAreaTag, "vm_next")))
                vmas_.push_back(at);
        }
    }

    Target objects(const char* tag, const std::vector<LinearAddr>& all) const {
        Target target{tag, {}};
        const Type* type = lab_.inspector().kernel().image().types().find_tag(tag);
        for (const LinearAddr at : all)
            add_block(target, at, type->size);
        return target;
    }
    Target descriptors(const char* tag) const {
        return objects(tag, tag == kSpaceTag ? mms_ : tag == kAreaTag ? vmas_ : tasks_);
    }
    Target tree_nodes() const {
        Target target{"tree nodes", {}};
        for (const LinearAddr mm : mms_)
            add(target, mm, kSpaceTag, {"mm_rb.rb_node"});
        for (const LinearAddr vma : vmas_)
            add(target, vma, kAreaTag, {"vm_rb.rb_parent_color", "vm_rb.rb_left", "vm_rb.rb_right"});
        return target;
    }
    Target list_links() const {
        Target target{"list links", {}};
        for (const LinearAddr mm : mms_)
            add(target, mm, kSpaceTag, {"mmap", "mmlist.next", "mmlist.prev"});
        for (const LinearAddr vma : vmas_)
            add(target, vma, kAreaTag, {"vm_next"});
        for (const LinearAddr vma : vmas_) {
            if (lab_.get(vma, kAreaTag, "anon_vma") != 0)
                add(target, vma, kAreaTag, {"anon_vma_node.next", "anon_vma_node.prev"});
        }
        for (const LinearAddr task : tasks_)
            add(target, task, kTaskTag,
                {"tasks.next", "tasks.prev", "children.next", "children.prev", "sibling.next", "sibling.prev",
                 "thread_group.next", "thread_group.prev"});
        return target;
    }
    Target counters() const {
        Target target{"counters", {}};
        for (const LinearAddr mm : mms_)
            add(target, mm, kSpaceTag,
                {"mm_users", "mm_count", "map_count", "_file_rss", "_anon_rss", "total_vm", "locked_vm",
                 "shared_vm", "exec_vm", "stack_vm", "reserved_vm", "nr_ptes", "num_exe_file_vmas"});
        for (const uint32_t pfn : mapped_frames())
            add(target, lab_.page(pfn), "page", {"_count", "_mapcount"});
        return target;
    }
    Target frames() const {
        std::vector<LinearAddr> pages;
        for (const uint32_t pfn : mapped_frames())
            pages.push_back(lab_.page(pfn));
        Target target = objects("page", pages);
        target.name = "frame map, frames of processes";
        return target;
    }
    Target entries() const {
        Target target{"page-table entries", {}};
        for_each_table([&](LinearAddr table) {
            for (uint32_t i = 0; i < 1024; ++i) {
                if (lab_.word(table + 4 * i) != 0) add_word(target, table + 4 * i);
            }
        });
        return target;
    }
    Target directories() const {
        Target target{"page directories", {}};
        for (const LinearAddr mm : mms_) {
            if (mm == lab_.symbol("init_mm")) continue;
            const LinearAddr pgd(lab_.get(mm, kSpaceTag, "pgd"));
            for (uint32_t i = 0; i < 1024; ++i)
                add_word(target, pgd + 4 * i);
        }
        return target;
    }
    Target slab_caches() const {
        std::vector<LinearAddr> all;
        for_each_cache([&](LinearAddr cache) { all.push_back(cache); });
        Target target = objects("kmem_cache", all);
        target.name = "slab cache descriptors";
        return target;
    }
    Target slab_pages() const {
        Target target{"slab bookkeeping in the frame map", {}};
        for_each_slab([&](LinearAddr, LinearAddr page) {
            add(target, page, "page", {"flags", "private_", "mapping", "index", "lru.next", "lru.prev"});
        });
        return target;
    }
    /// The links that chain free slots, and everything in slots that are free or in use.
    std::vector<Target> slots() const {
        Target links{"slab links of free slots", {}}, free{"slab slots that are free", {}},
            used{"slab slots in use", {}};
        for_each_slab([&](LinearAddr cache, LinearAddr page) {
            const auto member = [&](const char* name) { return lab_.get(cache, "kmem_cache", name); };
            const uint32_t frame = (page - lab_.page(0)) / (lab_.page(1) - lab_.page(0));
            const LinearAddr base(kPageOffset + frame * kPageSize);
            std::set<LinearAddr> chained;
            for (LinearAddr slot(lab_.get(page, "page", "mapping")); slot.value != 0;
                 slot = LinearAddr(lab_.word(slot + member("link_offset")))) {
                chained.insert(slot);
                add_word(links, slot + member("link_offset"));
            }
            for (uint32_t i = 0; i < member("objects_per_slab"); ++i) {
                const LinearAddr slot = base + i * member("stride");
                add_block(chained.contains(slot) ? free : used, slot, member("stride"));
            }
        });
        return {links, free, used};
    }

  private:
    void add_word(Target& target, LinearAddr at) const {
        target.words.push_back(memory_.memory.walk(at).physical);
    }
    void add(Target& target, LinearAddr object, const char* tag,
             std::initializer_list<const char*> members) const {
        for (const char* member : members)
            add_word(target, object + lab_.offset(tag, member));
    }
    void add_block(Target& target, LinearAddr at, uint32_t size) const {
        for (uint32_t i = 0; i + 4 <= size; i += 4)
            add_word(target, at + i);
    }
    template <class Visit>
    void for_each_table(Visit visit) const {
        for (const LinearAddr mm : mms_) {
            if (mm == lab_.symbol("init_mm")) continue;
            const LinearAddr pgd(lab_.get(mm, kSpaceTag, "pgd"));
            for (uint32_t i = 0; i < 768; ++i) {
                const uint32_t pde = lab_.word(pgd + 4 * i);
                if ((pde & 1) != 0) visit(LinearAddr(0xC0000000 + (pde & kPageMask)));
            }
        }
    }
    [[nodiscard]] std::set<uint32_t> mapped_frames() const {
        std::set<uint32_t> frames;
        for_each_table([&](LinearAddr table) {
            for (uint32_t i = 0; i < 1024; ++i) {
                const uint32_t entry = lab_.word(table + 4 * i);
                if ((entry & 1) != 0 && (entry & 0x200) == 0 && entry >> 12 < lab_.ram().size() >> 12)
                    frames.insert(entry >> 12);
            }
        });
        return frames;
    }
    template <class Visit>
    void for_each_cache(Visit visit) const {
        const LinearAddr head = Objects::at(lab_.inspector())->variable("cache_chain")->address();
        const uint32_t chain = lab_.offset("kmem_cache", "chain");
        for (LinearAddr link(lab_.word(head)); link != head; link = LinearAddr(lab_.word(link)))
            visit(link - chain);
    }
    template <class Visit>
    void for_each_slab(Visit visit) const {
        const uint32_t lru = lab_.offset("page", "lru");
        for_each_cache([&](LinearAddr cache) {
            for (const char* list : {"slabs_full", "slabs_partial", "slabs_free"}) {
                const LinearAddr head = cache + lab_.offset("kmem_cache", list);
                for (LinearAddr link(lab_.word(head)); link != head; link = LinearAddr(lab_.word(link)))
                    visit(cache, link - lru);
            }
        });
    }

    const Lab& lab_;
    const KernelMemory memory_;
    std::vector<LinearAddr> tasks_, mms_, vmas_;
};

}  // namespace

std::vector<Target> corruption_targets(const Lab& lab) {
    const Finder find(lab);
    std::vector<Target> targets = {find.descriptors(kSpaceTag),
                                   find.descriptors(kAreaTag),
                                   find.descriptors(kTaskTag),
                                   find.tree_nodes(),
                                   find.list_links(),
                                   find.counters(),
                                   find.entries(),
                                   find.directories(),
                                   find.frames(),
                                   find.slab_caches(),
                                   find.slab_pages()};
    for (Target& target : find.slots())
        targets.push_back(std::move(target));
    return targets;
}

}  // namespace mmscope::test
