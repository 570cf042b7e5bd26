namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>What a write did.</summary>
/// <param name="RowAffected">
/// Of feedback, how many rows changed something, now or when they first came with their EventId or Idempotency-Key; those that were
/// known otherwise are not counted. Of users and items, how many rows there were.
/// </param>
internal sealed record RowsDocument(int RowAffected);
