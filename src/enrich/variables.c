#include "enrich/variables.h"

#include "enrich/signing.h"

void variables_init(struct variables *v, struct enrich_texts names)
{
    *v = (struct variables){ .names = names };
    for (size_t i = 0; i < names.count; i++) {
        const str name = names.at[i];
        if (name.len > 0 && name.at[0] != '*')
            v->begins[(unsigned char)name.at[0]] = true;
        else if (name.len > 0)
            memset(v->begins, true, sizeof v->begins);
    }
}

bool variables_is_listed(const struct variables *v, str variable)
{
    if (variable.len == 0 || !v->begins[(unsigned char)variable.at[0]])
        return false;
    const size_t equals = str_find_char(variable, '=');
    if (equals + 1 >= variable.len)
        return false;
    const str name = str_to(variable, equals);
    for (size_t i = 0; i < v->names.count; i++)
        if (signing_name_fits(name, v->names.at[i]))
            return true;
    return false;
}
