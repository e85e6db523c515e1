// SPDX-License-Identifier: GPL-2.0-or-later
// A singly linked list from the last step back to the root, rendered when an error is worded.
#include "introspect/walk_path.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace mmscope {

struct WalkPath::Node {
    std::shared_ptr<const Node> before;
    std::string step;
    uint32_t times = 1;
};

WalkPath::WalkPath(std::string_view root)
    : last_(std::make_shared<const Node>(Node{nullptr, std::string(root), 1})) {}

WalkPath WalkPath::then(std::string_view step, uint32_t times) const {
    if (times == 0) return *this;
    WalkPath next;
    if (last_ && last_->step == step) {
        next.last_ = std::make_shared<const Node>(Node{last_->before, last_->step, last_->times + times});
    } else {
        next.last_ = std::make_shared<const Node>(Node{last_, std::string(step), times});
    }
    return next;
}

std::string WalkPath::text() const {
    std::vector<const Node*> steps;
    for (const Node* node = last_.get(); node; node = node->before.get())
        steps.push_back(node);
    std::string out;
    for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
        if (!out.empty()) out += " -> ";
        out += (*it)->step;
        if ((*it)->times > 1) out += fmt::format(" x{}", (*it)->times);
    }
    return out;
}

std::string describe_damage(std::string_view where, LinearAddr at, std::string_view what,
                            const WalkPath& path) {
    return fmt::format("{} @{:08x}: {} ({})", where, at.value, what, path.text());
}

Error decode_error(std::string_view where, LinearAddr at, std::string_view what, const WalkPath& path) {
    return Error{describe_damage(where, at, what, path)};
}

}  // namespace mmscope
