//! Values of fields that no mapping uses, derived from a hash: plausible, and the same on every run.

/// A repeatable stream of made-up values for one record.
pub(super) struct Noise(u64);

impl Noise {
    /// Starts the stream that belongs to `key` (FNV-1a).
    pub(super) fn of(key: &str) -> Self {
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    /// Draws a number of `0..below` (xorshift).
    pub(super) fn number(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    /// Draws one of `choices`, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.number(choices.len() as u64) as usize]
    }

    /// Says yes once in `times`.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.number(times) == 0
    }

    /// Draws a day of the given span of years, in French: `12/03/2019`.
    pub(super) fn french_date(&mut self, first_year: u64, years: u64) -> String {
        let (day, month, year) = self.day(first_year, years);
        format!("{day:02}/{month:02}/{year}")
    }

    /// Draws a day of the given span of years, as SAP writes it: `20190312`.
    pub(super) fn sap_date(&mut self, first_year: u64, years: u64) -> String {
        let (day, month, year) = self.day(first_year, years);
        format!("{year}{month:02}{day:02}")
    }

    /// Draws an amount as a French accountant writes it: `128 400,00`.
    pub(super) fn amount(&mut self) -> String {
        format!("{} {:03},00", 1 + self.number(900), 100 * self.number(10))
    }

    fn day(&mut self, first_year: u64, years: u64) -> (u64, u64, u64) {
        (1 + self.number(28), 1 + self.number(12), first_year + self.number(years))
    }
}
