using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Grains.Training;

/// <summary>All users' positive feedback.</summary>
/// <param name="Interactions">Per user the distinct positive items, oldest first.</param>
/// <param name="Popularity">Per item shard its decayed popularity.</param>
internal sealed record HistoryScanResult(Interactions Interactions, DecayedCounter[] Popularity);
