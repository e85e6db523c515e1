// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstring>
#include <map>
#include <random>

#include "fixture.h"

namespace guest {
namespace {

using testing::HasSubstr;

class Slab : public MachineTest {
  protected:
    static std::string panic_of(auto&& action) {
        try {
            action();
        } catch (const Panic& p) {
            return p.message;
        }
        return "no panic";
    }
    static int constructed;
};
int Slab::constructed;

TEST_F(Slab, objects_are_aligned_disjoint_and_their_own) {
    Cache cache = cache_create("test", 40, 16, 0, nullptr);
    std::map<char*, int> objects;
    for (int i = 0; i < 500; i++) {
        auto* object = static_cast<char*>(cache_alloc(cache));
        ASSERT_EQ(reinterpret_cast<ulong>(object) % 16, 0u);
        std::memset(object, i, 40);
        objects.emplace(object, i);
    }
    char* end = nullptr;
    for (const auto& [object, i] : objects) {
        ASSERT_GE(object, end);
        end = object + 40;
        for (int byte = 0; byte < 40; byte++)
            ASSERT_EQ(object[byte], static_cast<char>(i));
    }
    for (const auto& [object, i] : objects)
        cache_free(cache, object);
    EXPECT_EQ(cache_destroy(cache), 0);
}

TEST_F(Slab, statistics_count_objects_and_slabs) {
    Cache cache = cache_create("test", 1000, 0, 0, nullptr);
    std::vector<void*> objects;
    for (int i = 0; i < 5; i++)
        objects.push_back(cache_alloc(cache));
    const CacheStatistics s = cache_statistics("test");
    EXPECT_EQ(s.objsize, 1000u);
    EXPECT_EQ(s.objperslab, 4u);
    EXPECT_EQ(s.pagesperslab, 1u);
    EXPECT_EQ(s.active_objs, 5u);
    EXPECT_EQ(s.num_slabs, 2u);
    EXPECT_EQ(s.active_slabs, 2u);
    EXPECT_EQ(s.num_objs, 8u);
    for (void* object : objects)
        cache_free(cache, object);
    EXPECT_EQ(cache_statistics("test").active_objs, 0u);
    EXPECT_EQ(cache_statistics("test").active_slabs, 0u);
    EXPECT_EQ(cache_statistics("test").num_slabs, 1u);  // one empty slab is kept in reserve
    cache_destroy(cache);
}

TEST_F(Slab, a_cache_with_objects_in_use_cannot_be_destroyed) {
    Cache cache = cache_create("test", 64, 0, 0, nullptr);
    void* object = cache_alloc(cache);
    EXPECT_EQ(cache_destroy(cache), kEBUSY);
    cache_free(cache, object);
    EXPECT_EQ(cache_destroy(cache), 0);
    EXPECT_EQ(cache_statistics("test").objsize, 0u);
}

TEST_F(Slab, all_frames_come_back_when_a_cache_is_destroyed) {
    const ulong before = free_frames();
    Cache cache = cache_create("test", 300, 0, kPoison | kRedZone, nullptr);
    std::vector<void*> objects;
    for (int i = 0; i < 200; i++)
        objects.push_back(cache_alloc(cache));
    EXPECT_LT(free_frames(), before);
    for (void* object : objects)
        cache_free(cache, object);
    cache_destroy(cache);
    EXPECT_EQ(free_frames(), before);
}

TEST_F(Slab, the_constructor_runs_once_for_each_object_of_a_new_slab) {
    constructed = 0;
    const auto constructor = [](void* object) {
        constructed++;
        std::memset(object, 0x11, 128);
    };
    Cache cache = cache_create("test", 128, 0, 0, constructor);
    void* object = cache_alloc(cache);
    const int first = constructed;
    EXPECT_EQ(first, static_cast<int>(cache_statistics("test").objperslab));
    EXPECT_EQ(*static_cast<char*>(object), 0x11);
    cache_free(cache, object);
    object = cache_alloc(cache);
    EXPECT_EQ(constructed, first);
    EXPECT_EQ(*static_cast<char*>(object), 0x11);  // the free list did not write into it
    cache_free(cache, object);
    cache_destroy(cache);
}

TEST_F(Slab, a_write_after_free_is_found_at_the_next_allocation) {
    Cache cache = cache_create("test", 64, 0, kPoison, nullptr);
    auto* object = static_cast<char*>(cache_alloc(cache));
    cache_free(cache, object);
    object[10] = 1;
    EXPECT_THAT(panic_of([&] { cache_alloc(cache); }), HasSubstr("cache test"));
}

TEST_F(Slab, a_write_to_the_last_byte_after_free_is_found_as_well) {
    Cache cache = cache_create("test", 64, 0, kPoison, nullptr);
    auto* object = static_cast<char*>(cache_alloc(cache));
    cache_free(cache, object);
    object[63] = 0;
    EXPECT_THAT(panic_of([&] { cache_alloc(cache); }), HasSubstr("written after it was freed"));
}

TEST_F(Slab, poison_differs_for_free_and_for_fresh_objects) {
    Cache cache = cache_create("test", 64, 0, kPoison, nullptr);
    auto* object = static_cast<unsigned char*>(cache_alloc(cache));
    EXPECT_EQ(object[0], 0x5A);
    cache_free(cache, object);
    EXPECT_EQ(object[0], 0x6B);
    EXPECT_EQ(object[63], 0xA5);
    cache_destroy(cache);
}

TEST_F(Slab, writing_past_either_end_is_found_when_the_object_is_freed) {
    for (int offset : {-1, 64}) {
        Cache cache = cache_create("test", 64, 0, kRedZone, nullptr);
        auto* object = static_cast<char*>(cache_alloc(cache));
        object[offset] = 1;
        EXPECT_THAT(panic_of([&] { cache_free(cache, object); }), HasSubstr("red zone overwritten"))
            << offset;
    }
}

TEST_F(Slab, a_double_free_is_found) {
    Cache cache = cache_create("test", 64, 0, kRedZone | kPoison, nullptr);
    void* object = cache_alloc(cache);
    cache_free(cache, object);
    EXPECT_THAT(panic_of([&] { cache_free(cache, object); }), HasSubstr("double free"));
}

TEST_F(Slab, freeing_to_another_cache_or_inside_an_object_is_found) {
    Cache cache = cache_create("test", 64, 0, 0, nullptr), other = cache_create("other", 64, 0, 0, nullptr);
    auto* object = static_cast<char*>(cache_alloc(cache));
    EXPECT_THAT(panic_of([&] { cache_free(other, object); }), HasSubstr("does not come from"));
    EXPECT_THAT(panic_of([&] { cache_free(cache, object + 8); }), HasSubstr("not the start"));
}

TEST_F(Slab, zalloc_gives_zeros_whatever_was_there) {
    Cache cache = cache_create("test", 64, 0, kPoison | kRedZone, nullptr);
    auto* object = static_cast<unsigned char*>(cache_zalloc(cache));
    for (int i = 0; i < 64; i++)
        EXPECT_EQ(object[i], 0);
    cache_free(cache, object);
}

TEST_F(Slab, without_memory_an_allocation_returns_null_and_works_again_later) {
    Cache cache = cache_create("test", 2000, 0, 0, nullptr);
    starve();
    EXPECT_EQ(cache_alloc(cache), nullptr);
    EXPECT_EQ(kmalloc(100000), nullptr);
    feed();
    void* object = cache_alloc(cache);
    EXPECT_NE(object, nullptr);
    cache_free(cache, object);
}

TEST_F(Slab, kmalloc_serves_every_size_up_to_128_KiB) {
    for (size_t size : {1, 31, 32, 33, 97, 200, 4096, 4097, 65537, 131072}) {
        void* object = kmalloc(size);
        ASSERT_NE(object, nullptr) << size;
        std::memset(object, 0xEE, size);
        kfree(object);
    }
    EXPECT_EQ(kmalloc(131073), nullptr);
    EXPECT_NO_THROW(kfree(nullptr));
}

TEST_F(Slab, random_use_keeps_every_object_intact) {
    Cache cache = cache_create("test", 56, 0, kPoison | kRedZone, nullptr);
    std::mt19937 random(5);
    std::vector<std::pair<unsigned char*, unsigned char>> held;
    for (int step = 0; step < 50000; step++) {
        if (random() % 2 || held.empty()) {
            auto* object = static_cast<unsigned char*>(cache_alloc(cache));
            ASSERT_NE(object, nullptr);
            const auto fill = static_cast<unsigned char>(random());
            std::memset(object, fill, 56);
            held.emplace_back(object, fill);
        } else {
            std::swap(held[random() % held.size()], held.back());
            const auto [object, fill] = held.back();
            for (int i = 0; i < 56; i++)
                ASSERT_EQ(object[i], fill);
            cache_free(cache, object);
            held.pop_back();
        }
        ASSERT_EQ(cache_statistics("test").active_objs, held.size());
    }
    for (const auto& [object, fill] : held)
        cache_free(cache, object);
    EXPECT_EQ(cache_destroy(cache), 0);
    EXPECT_EQ(locks_held(), 0);
}

}  // namespace
}  // namespace guest
