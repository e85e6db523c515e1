// SPDX-License-Identifier: GPL-2.0-or-later
// Circular doubly linked lists with the links inside the objects, and singly headed hash lists.
#pragma once

#include "lib/types.h"

struct list_head {
    list_head *next, *prev;
};
#define LIST_HEAD_INIT(name) \
    { &(name), &(name) }

inline void INIT_LIST_HEAD(list_head* list) {
    list->next = list->prev = list;
}
inline bool list_empty(const list_head* head) {
    return head->next == head;
}

namespace list_detail {
inline void link(list_head* entry, list_head* before, list_head* after) {
    entry->prev = before;
    entry->next = after;
    before->next = entry;
    after->prev = entry;
}
}  // namespace list_detail

/// Puts `entry` right behind `head` (front of the list).
inline void list_add(list_head* entry, list_head* head) {
    list_detail::link(entry, head, head->next);
}
/// Puts `entry` right before `head` (end of the list).
inline void list_add_tail(list_head* entry, list_head* head) {
    list_detail::link(entry, head->prev, head);
}
/// Unlinks and leaves poison, so that a second deletion faults at once.
inline void list_del(list_head* entry) {
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    entry->next = reinterpret_cast<list_head*>(0x00100100);
    entry->prev = reinterpret_cast<list_head*>(0x00200200);
}
/// Unlinks and leaves an empty list.
inline void list_del_init(list_head* entry) {
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    INIT_LIST_HEAD(entry);
}
inline void list_move(list_head* entry, list_head* head) {
    list_del(entry);
    list_add(entry, head);
}
inline void list_move_tail(list_head* entry, list_head* head) {
    list_del(entry);
    list_add_tail(entry, head);
}

#define list_entry(pointer, type, member) container_of(pointer, type, member)
/// Visits each object of a list; the list must not change. `pos` is a declared pointer of the object's type.
#define list_for_each_entry(pos, head, member)                                             \
    for (pos = list_entry((head)->next, __typeof__(*pos), member); &pos->member != (head); \
         pos = list_entry(pos->member.next, __typeof__(*pos), member))
/// The same, where the visited object may be unlinked. `ahead` is a second pointer of that type.
#define list_for_each_entry_safe(pos, ahead, head, member)              \
    for (pos = list_entry((head)->next, __typeof__(*pos), member),      \
        ahead = list_entry(pos->member.next, __typeof__(*pos), member); \
         &pos->member != (head);                                        \
         pos = ahead, ahead = list_entry(ahead->member.next, __typeof__(*ahead), member))

struct hlist_node {
    hlist_node *next, **pprev;
};
struct hlist_head {
    hlist_node* first;
};
inline void INIT_HLIST_HEAD(hlist_head* head) {
    head->first = nullptr;
}
inline bool hlist_empty(const hlist_head* head) {
    return head->first == nullptr;
}
inline void hlist_add_head(hlist_node* entry, hlist_head* head) {
    entry->next = head->first;
    if (entry->next) entry->next->pprev = &entry->next;
    head->first = entry;
    entry->pprev = &head->first;
}
inline void hlist_del(hlist_node* entry) {
    *entry->pprev = entry->next;
    if (entry->next) entry->next->pprev = entry->pprev;
    entry->next = nullptr;
    entry->pprev = nullptr;
}
