#include "event/sensor.h"

static const str names[] = {
    STR_INIT("eslogger"),    STR_INIT("jamf"),     STR_INIT("jamf-alert"),
    STR_INIT("mac-monitor"), STR_INIT("elastic"),  STR_INIT("santa"),
    STR_INIT("santa-log"),   STR_INIT("osquery"),  STR_INIT("ocsf"),
    STR_INIT("unified-log"), STR_INIT("defender"), STR_INIT("crowdstrike"),
    STR_INIT("sentinelone"),
};

static const str words[SENSOR_SHOWS_COUNT] = {
    [SENSOR_UNKNOWN] = STR_INIT("unknown"),
    [SENSOR_SHOWN] = STR_INIT("shown"),
    [SENSOR_PARTLY] = STR_INIT("partly"),
    [SENSOR_NOT] = STR_INIT("not"),
};

bool sensor_shows_of(str word, enum sensor_shows *out)
{
    for (size_t i = 0; i < SENSOR_SHOWS_COUNT; i++) {
        if (!str_eq(words[i], word))
            continue;
        *out = (enum sensor_shows)i;
        return true;
    }
    return false;
}

str sensor_shows_name(enum sensor_shows shows)
{
    return words[shows];
}

size_t sensor_count(void)
{
    return COUNT_OF(names);
}

str sensor_name(size_t i)
{
    return names[i];
}

bool sensor_is_known(str name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

const struct sensor_profile *sensor_profile_find(const struct sensor_profiles *profiles, str sensor)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (str_eq(profiles->at[i].sensor, sensor))
            return &profiles->at[i];
    return NULL;
}
