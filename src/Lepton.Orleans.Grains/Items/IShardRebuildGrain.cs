using Orleans.CodeGeneration;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// How a build replaces an item shard's rows, page by page. Apart from <see cref="IItemShardGrain"/>, so that while a cluster is
/// upgraded from release 0.1.0, which does not know it, all other calls reach the shards that are still there. These move the shard.
/// </summary>
[Alias("lepton.IShardRebuildGrain"), Version(1)]
internal interface IShardRebuildGrain : IGrainWithStringKey
{
    /// <summary>Takes a page of exactly counted rows in. None is in use before <see cref="EndRebuildAsync"/>.</summary>
    /// <param name="run">The number of the run of a build that has counted them: another run of the same build has others.</param>
    /// <param name="page">The number of the page: they come in their order, from 0 on, which begins anew. Others may come again.</param>
    /// <param name="rows">The rows, with all their neighbours.</param>
    /// <returns>False: the pages before it are not here, as where the shard has moved. They have to be sent again.</returns>
    [Alias("RebuildPage"), ResponseTimeout("00:01:00")] Task<bool> RebuildPageAsync(long run, int page, ShardRows rows);

    /// <summary>
    /// Puts the rows of all pages in the place of all rows, and applies again what came since <see cref="IItemShardGrain.BeginRebuildAsync"/>. Where
    /// the shard has moved since, what came before it did is missing: then it is incomplete until the next build.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="pages">How many pages there are.</param>
    /// <returns>False: they are not here, and nothing has changed. They have to be sent again.</returns>
    [Alias("EndRebuild"), ResponseTimeout("00:01:00")] Task<bool> EndRebuildAsync(long run, int pages);
}
