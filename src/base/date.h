// Days of the Gregorian calendar.

#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

// Months and days from 1.
bool date_exists(int year, int month, int day);
// Since 1 January 1970; negative before it. The date exists.
int64_t date_days_since_1970(int year, int month, int day);

#endif
