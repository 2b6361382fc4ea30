// rules/sensors.yaml: what each sensor can show.
//
//     santa:
//       product: Santa
//       versions: from 2024.1
//       caveat: why what it tells is worth less         (may be left out, as the next)
//       omissions: what it leaves out or sums up
//       sources:
//         proto: What states it, and where
//       signals:
//         exec: { is: shown, source: proto }
//         file: { is: partly, how: closed files only, source: proto }

#ifndef MATCH_SENSOR_FILE_H
#define MATCH_SENSOR_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "event/sensor.h"

// All text goes to `arena`. A refusal's sentence begins "PATH:LINE:COL: ".
MUST_CHECK enum status sensor_file_read(str path, struct arena *arena, struct sensor_profiles *out,
                                        struct err *err);

#endif
