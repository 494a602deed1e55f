"""How much an import may hold: enough for every official publication, too little to fill a machine."""

MEMBER_LIMIT = 20_000  # The archive for professionals has 706; the sets for all publics stay well below.
FILE_BYTES_LIMIT = 16 * 1024 * 1024  # The longest fiche of 2020 takes 1.1 MB.
TOTAL_BYTES_LIMIT = 384 * 1024 * 1024  # The 706 fiches for professionals take 60 MB; all of it is held at once.
DEPTH_LIMIT = 100  # The deepest fiche of 2020 nests 15 elements; Python stops near 1,000 calls.
