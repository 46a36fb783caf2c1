//! PostgreSQL's arrays, whose binary format is dimensions and then elements, each with its length.

/// An array that is being read, element by element.
pub(super) struct Array<'a> {
    /// The lengths, outermost first; none for an empty array.
    pub(super) dimensions: Vec<usize>,
    rest: &'a [u8],
}

impl<'a> Array<'a> {
    /// Reads the head; `None` for bytes that are no array.
    pub(super) fn read(raw: &'a [u8]) -> Option<Array<'a>> {
        let mut rest = raw;
        let dimensions = usize::try_from(number(&mut rest)?).ok()?;
        // Whether there are NULLs, and the type of the elements, which the array's type tells as well.
        number(&mut rest)?;
        number(&mut rest)?;
        let mut lengths = Vec::new();
        for _ in 0..dimensions {
            lengths.push(usize::try_from(number(&mut rest)?).ok()?);
            // The lower bound, which Rust's arrays do not have.
            number(&mut rest)?;
        }
        Some(Array { dimensions: lengths, rest })
    }

    /// The next element, of which `Some(None)` is NULL; `None` when there are no more bytes.
    pub(super) fn next(&mut self) -> Option<Option<&'a [u8]>> {
        match number(&mut self.rest)? {
            -1 => Some(None),
            length => {
                let (element, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
                self.rest = rest;
                Some(Some(element))
            }
        }
    }
}

fn number(rest: &mut &[u8]) -> Option<i32> {
    let (bytes, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    Some(i32::from_be_bytes(*bytes))
}
