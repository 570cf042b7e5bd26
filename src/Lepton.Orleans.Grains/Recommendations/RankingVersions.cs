using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>What a ranking depends on.</summary>
/// <param name="User">The user's version.</param>
/// <param name="Catalog">The catalogue's version.</param>
/// <param name="Model">The build.</param>
/// <param name="Items">How many items the model covers: it learns of a new item after the catalogue does.</param>
internal readonly record struct RankingVersions(long User, long Catalog, long Model, int Items)
{
    /// <summary>The versions now.</summary>
    public static RankingVersions Of(UserView view, Replica replica) =>
        new(view.Version, replica.Catalog.Version, replica.ModelVersion, replica.Model.ItemCount);
}
