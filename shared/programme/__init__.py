"""The programme: vocabulary, proposal and rules. Pure: no IO."""
