//! Templates and constraints written here, on objects written here.
