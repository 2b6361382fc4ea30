// Names of functions and classes that say which framework they are of. An image that looks its
// imports up in whatever is loaded (a flat namespace, -undefined dynamic_lookup) needs no link to
// it, nor does one that links a library which hands on what no table here knows.

#include "macho/frameworks.h"

static bool is_of_dyld(str symbol);

// Prefixes. A name goes on behind them with a letter that is large, or with what is in the prefix.
static const struct {
    str prefix;
    str framework;
} families[] = {
    { STR_INIT("_NS"), STR_INIT("Foundation") },
    { STR_INIT("_OBJC_CLASS_$_NS"), STR_INIT("Foundation") },
    { STR_INIT("_OBJC_METACLASS_$_NS"), STR_INIT("Foundation") },
    { STR_INIT("_FSEvent"), STR_INIT("CoreServices") },
    { STR_INIT("_LS"), STR_INIT("CoreServices") },
    { STR_INIT("_MDItem"), STR_INIT("CoreServices") },
    { STR_INIT("_MDQuery"), STR_INIT("CoreServices") },
    { STR_INIT("_kLS"), STR_INIT("CoreServices") },
    { STR_INIT("_kMDItem"), STR_INIT("CoreServices") },
    { STR_INIT("_kMDQuery"), STR_INIT("CoreServices") },
};

str macho_framework_of_symbol(str symbol)
{
    if (symbol.len < 4 || symbol.at[0] != '_')
        return STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        const str prefix = families[i].prefix;
        if (str_starts_with(symbol, prefix) && symbol.len > prefix.len &&
            symbol.at[prefix.len] >= 'A' && symbol.at[prefix.len] <= 'Z')
            return is_of_dyld(symbol) ? STR_EMPTY : families[i].framework;
    }
    return STR_EMPTY;
}

// What <mach-o/dyld.h> declares is in libSystem, and the root of all classes in libobjc.
static bool is_of_dyld(str symbol)
{
    static const str names[] = {
        STR_INIT("_NSAddImage"),
        STR_INIT("_NSAddLibrary"),
        STR_INIT("_NSAddLibraryWithSearching"),
        STR_INIT("_NSAddressOfSymbol"),
        STR_INIT("_NSCreateObjectFileImageFromFile"),
        STR_INIT("_NSCreateObjectFileImageFromMemory"),
        STR_INIT("_NSDestroyObjectFileImage"),
        STR_INIT("_NSFindSectionAndOffsetInObjectFileImage"),
        STR_INIT("_NSGetNextSearchPathEnumeration"),
        STR_INIT("_NSGetSectionDataInObjectFileImage"),
        STR_INIT("_NSHasModInitObjectFileImage"),
        STR_INIT("_NSInstallLinkEditErrorHandlers"),
        STR_INIT("_NSIsSymbolDefinedInObjectFileImage"),
        STR_INIT("_NSIsSymbolNameDefined"),
        STR_INIT("_NSIsSymbolNameDefinedInImage"),
        STR_INIT("_NSIsSymbolNameDefinedWithHint"),
        STR_INIT("_NSLibraryNameForModule"),
        STR_INIT("_NSLinkEditError"),
        STR_INIT("_NSLinkModule"),
        STR_INIT("_NSLookupAndBindSymbol"),
        STR_INIT("_NSLookupAndBindSymbolWithHint"),
        STR_INIT("_NSLookupSymbolInImage"),
        STR_INIT("_NSLookupSymbolInModule"),
        STR_INIT("_NSModuleForSymbol"),
        STR_INIT("_NSNameOfModule"),
        STR_INIT("_NSNameOfSymbol"),
        STR_INIT("_NSReplaceModule"),
        STR_INIT("_NSStartSearchPathEnumeration"),
        STR_INIT("_NSSymbolDefinitionCountInObjectFileImage"),
        STR_INIT("_NSSymbolDefinitionNameInObjectFileImage"),
        STR_INIT("_NSSymbolReferenceCountInObjectFileImage"),
        STR_INIT("_NSSymbolReferenceNameInObjectFileImage"),
        STR_INIT("_NSUnLinkModule"),
        STR_INIT("_NSVersionOfLinkTimeLibrary"),
        STR_INIT("_NSVersionOfRunTimeLibrary"),
        STR_INIT("_OBJC_CLASS_$_NSObject"),
        STR_INIT("_OBJC_METACLASS_$_NSObject"),
    };
    const str name = symbol.at[1] == 'O' ? symbol : str_to(symbol, str_find_char(symbol, '$'));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}
