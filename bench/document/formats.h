// SPDX-License-Identifier: MIT

/** The `format` of each kind of file that the commands write and read. */

#ifndef DOCUMENT_FORMATS_H
#define DOCUMENT_FORMATS_H

/** qbench verify -o */
#define FORMAT_VERIFY "qbench-verify/1"

#endif // DOCUMENT_FORMATS_H
