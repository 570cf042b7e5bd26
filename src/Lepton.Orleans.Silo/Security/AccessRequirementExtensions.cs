namespace Lepton.Orleans.Silo.Security;

/// <summary>Says what endpoints ask of a caller.</summary>
internal static class AccessRequirementExtensions
{
    /// <summary>Asks for a role, where the method would ask for another.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, ApiRole role)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRequirement(role));

    /// <summary>Asks for a role that a person in front of a browser proves to have; for what can only be looked at.</summary>
    public static TBuilder RequireRoleInBrowser<TBuilder>(this TBuilder builder, ApiRole role)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRequirement(role, IsForBrowsers: true));

    /// <summary>Asks for nothing.</summary>
    public static TBuilder AllowWithoutKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRequirement(null));
}
