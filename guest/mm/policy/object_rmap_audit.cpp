// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of a reverse map by objects, as far as one address space can tell (INV-31, INV-32).
#include "fs/fs.h"
#include "mm/audit.h"

#ifdef CONFIG_DEBUG_VM

namespace {

ulong number(const void* pointer) {
    return reinterpret_cast<ulong>(pointer);
}

vm_area_struct* vma_of(const prio_tree_node* node) {
    return container_of(const_cast<prio_tree_node*>(node), vm_area_struct, shared.prio_tree_node);
}

void check_entry(const vm_area_struct* vma, const list_head* entry, const char* rule) {
    require(entry->next->prev == entry && entry->prev->next == entry, rule, vma->vm_mm, "list entry",
            number(entry), number(entry->next->prev));
}

bool same_interval(const vm_area_struct* a, const vm_area_struct* b) {
    return a->vm_pgoff == b->vm_pgoff && vma_pages(a) == vma_pages(b);
}

void check_child(const vm_area_struct* vma, const prio_tree_node* child) {
    require_equal("INV-32", vma->vm_mm, "child's parent", number(child->parent),
                  number(&vma->shared.prio_tree_node));
    const file* filp = vma_of(child)->vm_file;
    require(filp && filp->f_mapping == vma->vm_file->f_mapping, "INV-32", vma->vm_mm, "child's file",
            number(filp), number(vma->vm_file));
}

void check_node(const vm_area_struct* vma, const prio_tree_root* root) {
    const prio_tree_node* node = &vma->shared.prio_tree_node;
    const prio_tree_node* parent = node->parent;
    if (parent == node) {
        require_equal("INV-32", vma->vm_mm, "root", number(root->prio_tree_node), number(node));
    } else {
        require(parent->left == node || parent->right == node, "INV-32", vma->vm_mm, "parent of node",
                number(node), number(parent));
        require(prio_tree_heap_index(parent) >= prio_tree_heap_index(node), "INV-32", vma->vm_mm, "last page",
                prio_tree_heap_index(node), prio_tree_heap_index(parent));
    }
    if (node->left != node) check_child(vma, node->left);
    if (node->right != node) check_child(vma, node->right);
}

void check_tree_links(const vm_area_struct* vma, const prio_tree_root* root) {
    const auto& set = vma->shared.vm_set;
    if (set.head) {
        require_equal("INV-32", vma->vm_mm, "head.head", number(set.head->shared.vm_set.head), number(vma));
        require(same_interval(vma, set.head), "INV-32", vma->vm_mm, "interval of head", set.head->vm_pgoff,
                vma->vm_pgoff);
    }
    if (set.parent) {
        check_node(vma, root);
    } else {
        check_entry(vma, &set.list, "INV-32");
    }
}

bool search_finds(const vm_area_struct* vma, const prio_tree_root* root) {
    prio_tree_iter iter = prio_tree_range(root, vma->vm_pgoff, vma->vm_pgoff);
    vm_area_struct* found;
    vma_prio_tree_foreach(found, &iter) {
        if (found == vma) return true;
    }
    return false;
}

/// A search for the area's first page in the file's tree finds the area.
void check_file_finds(const vm_area_struct* vma) {
    if (!vma->vm_file || (vma->vm_flags & VM_NONLINEAR)) return;
    address_space* mapping = vma->vm_file->f_mapping;
    spin_guard guard(&mapping->i_mmap_lock);
    require(search_finds(vma, &mapping->i_mmap), "INV-32", vma->vm_mm, "area missing in its file's tree",
            number(vma), vma->vm_pgoff);
}

/// The whole list of the area's anon_vma.
void check_anon_list(const vm_area_struct* vma) {
    anon_vma* anon = vma->anon_vma;
    if (!anon) return;
    spin_guard guard(&anon->lock);
    bool found = false;
    for (const list_head* entry = anon->head.next; entry != &anon->head; entry = entry->next) {
        const auto* member = list_entry(const_cast<list_head*>(entry), vm_area_struct, anon_vma_node);
        require_equal("INV-31", vma->vm_mm, "anon_vma of a member", number(member->anon_vma), number(anon));
        found |= member == vma;
    }
    require(found, "INV-31", vma->vm_mm, "area missing in its anon_vma's list", number(vma), number(anon));
}

/// Areas of a file that keep writers out; its i_mmap_lock is held.
int areas_that_deny(address_space* mapping) {
    int count = 0;
    vm_area_struct* vma;
    prio_tree_iter iter = prio_tree_range(&mapping->i_mmap, 0, ~0ul);
    vma_prio_tree_foreach(vma, &iter) count += (vma->vm_flags & VM_DENYWRITE) != 0;
    list_for_each_entry(vma, &mapping->i_mmap_nonlinear, shared.vm_set.list) {
        count += (vma->vm_flags & VM_DENYWRITE) != 0;
    }
    return count;
}

}  // namespace

/// Areas that deny and writers cannot both be; mmap denies once more while it makes such an area.
void check_writers(const mm_struct* mm) {
    const address_space* checked = nullptr;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (!(vma->vm_flags & VM_DENYWRITE) || !vma->vm_file || vma->vm_file->f_mapping == checked) continue;
        address_space* mapping = vma->vm_file->f_mapping;
        spin_guard guard(&mapping->i_mmap_lock);
        const int denied = areas_that_deny(mapping), writers = atomic_read(&mapping->host->i_writecount);
        require(writers <= -denied, "INV-50", mm, "i_writecount", static_cast<ulong>(writers),
                static_cast<ulong>(-denied));
        checked = mapping;
    }
}

void check_links(const vm_area_struct* vma) {
    if (vma->vm_file) {
        address_space* mapping = vma->vm_file->f_mapping;
        spin_guard guard(&mapping->i_mmap_lock);
        if (vma->vm_flags & VM_NONLINEAR) {
            check_entry(vma, &vma->shared.vm_set.list, "INV-32");
        } else {
            check_tree_links(vma, &mapping->i_mmap);
        }
    }
    if (vma->anon_vma) {
        spin_guard guard(&vma->anon_vma->lock);
        check_entry(vma, &vma->anon_vma_node, "INV-31");
    }
}

/// Areas of one anon_vma tend to be neighbours: its list is walked for the first of them.
void check_reverse_map(const mm_struct* mm) {
    const anon_vma* walked = nullptr;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        check_file_finds(vma);
        if (vma->anon_vma != walked) check_anon_list(vma);
        walked = vma->anon_vma;
    }
}

void check_page_says(const vm_area_struct* vma, const page* p, ulong address) {
    if (PageAnon(p)) {
        require(vma->anon_vma && page_anon_vma(p) == vma->anon_vma, "INV-31", vma->vm_mm,
                "anon_vma of the page", number(page_anon_vma(p)), number(vma->anon_vma));
    } else if (p->mapping) {  // a driver's own page has none
        require(vma->vm_file && p->mapping == vma->vm_file->f_mapping, "INV-29", vma->vm_mm,
                "file of the page at", address, number(p->mapping));
    }
    if (p->mapping && !(vma->vm_flags & VM_NONLINEAR)) {
        require_equal("INV-31", vma->vm_mm, "index of the page", p->index, linear_page_index(vma, address));
    }
}

#endif
