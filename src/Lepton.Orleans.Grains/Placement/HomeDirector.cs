using Orleans.Runtime.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>Places grains where they belong: see <see cref="Homes"/>.</summary>
internal sealed class HomeDirector(Homes homes) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? homes.Choose(strategy, target.GrainIdentity.Key, silos));
    }
}
