#include "base/date.h"

bool date_exists(int year, int month, int day)
{
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    if (month < 1 || month > 12 || day < 1)
        return false;
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= month_days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

// A year is counted from March, so that the leap day is its last.
int64_t date_days_since_1970(int year, int month, int day)
{
    const int y = month <= 2 ? year - 1 : year;
    const int months = month <= 2 ? month + 9 : month - 3;
    const int days = (153 * months + 2) / 5 + day - 1;
    return 365LL * y + y / 4 - y / 100 + y / 400 + days - 719468;
}
