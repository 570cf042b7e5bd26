using Orleans.Metadata;
using Orleans.Placement;

namespace Lepton.Orleans.Grains.Roles;

/// <summary>The filter of <see cref="HostedByAttribute"/>.</summary>
internal sealed class RoleFilter : PlacementFilterStrategy
{
    private const string RoleProperty = "role";

    public RoleFilter()
        : base(order: 1)
    {
    }

    public RoleFilter(SiloRoles role)
        : this() => Role = role;

    public SiloRoles Role { get; private set; }

    public override void AdditionalInitialize(GrainProperties properties) =>
        Role = RoleNames.Parse(GetPlacementFilterGrainProperty(RoleProperty, properties) ?? "", out _);

    protected override IEnumerable<KeyValuePair<string, string>> GetAdditionalGrainProperties(
        IServiceProvider services, Type grainClass, GrainType grainType, IReadOnlyDictionary<string, string> existingProperties) =>
        [KeyValuePair.Create(RoleProperty, RoleNames.Format(Role))];
}
