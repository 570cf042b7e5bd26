using Orleans.GrainReferences;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>
/// References to grains of one interface. The factory looks up by reflection what an interface is called, for every
/// reference that it makes; here that is done once, because it costs as much as the call itself.
/// </summary>
internal sealed class GrainReferences<TGrain>(IGrainFactory factory, GrainReferenceActivator? activator)
    where TGrain : class, IGrainWithStringKey
{
    private GrainReference? _first;

    /// <summary>The grain of a key.</summary>
    public TGrain this[string key]
    {
        get
        {
            if (_first is { } known && activator is not null)
            {
                return (TGrain)(object)activator.CreateReference(GrainId.Create(known.GrainId.Type, key), known.InterfaceType);
            }

            var grain = factory.GetGrain<TGrain>(key);
            _first = grain as GrainReference;
            return grain;
        }
    }
}
