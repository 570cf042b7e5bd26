using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// Counters of the items whose number falls to this shard: who comes after them, who beside them, how popular they are.
/// Derived from the users' histories, which are the truth. Key: <c>tenant/shard</c>.
/// </summary>
[Alias("lepton.IItemShardGrain")]
internal interface IItemShardGrain : IGrainWithStringKey
{
    /// <summary>Over how many shards a tenant's items are spread, for ever.</summary>
    const int Shards = 16;

    /// <summary>Adds what a silo has counted.</summary>
    [Alias("Apply"), OneWay] Task ApplyAsync(ShardDelta delta);

    /// <summary>
    /// Up to <paramref name="count"/> rows that changed after a version, from a row on; all anew where the epoch is not this
    /// activation's.
    /// </summary>
    [Alias("GetRows"), ResponseTimeout("00:01:00")] Task<ShardRows> GetRowsAsync(Guid epoch, long after, int from, int count);

    /// <summary>From now on keeps what is applied aside as well, for a rebuild that counts everything up to now.</summary>
    [Alias("BeginRebuild"), ResponseTimeout("00:01:00")] Task BeginRebuildAsync();

    /// <summary>As release 0.1.0 ends a rebuild: with all rows in one message, which is too large for a large catalogue.</summary>
    [Alias("Rebuild"), ResponseTimeout("00:01:00")] Task RebuildAsync(ShardCounts counts);

    /// <summary>Keeps nothing aside any more: the rebuild did not come about.</summary>
    [Alias("AbandonRebuild")] Task AbandonRebuildAsync();

    /// <summary>A piece of what is counted, for a backup; <see langword="null"/> after the last.</summary>
    [Alias("GetPiece"), ResponseTimeout("00:01:00")] Task<byte[]?> GetPieceAsync(int piece);

    /// <summary>Puts a piece in place that <see cref="GetPieceAsync"/> gave; one of another release makes the shard incomplete, until a build.</summary>
    [Alias("RestorePiece"), ResponseTimeout("00:01:00")] Task RestorePieceAsync(int piece, byte[] content);

    /// <summary>Removes a deleted item's row.</summary>
    [Alias("Remove"), ResponseTimeout("00:01:00")] Task RemoveAsync(int item);
}
