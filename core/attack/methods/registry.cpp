#include "core/attack/attack.h"

namespace convolab {

AttackMethod fgsmAttack();
AttackMethod bimAttack();
AttackMethod pgdAttack();
AttackMethod deepFoolAttack();
AttackMethod noiseAttack();

const std::vector<const AttackMethod*>& attackMethods() {
    static const std::vector<AttackMethod> methods{fgsmAttack(), bimAttack(), pgdAttack(), deepFoolAttack(),
                                                   noiseAttack()};
    static const std::vector<const AttackMethod*> all = [] {
        std::vector<const AttackMethod*> pointers;
        for (const AttackMethod& method : methods) pointers.push_back(&method);
        return pointers;
    }();
    return all;
}

}  // namespace convolab
