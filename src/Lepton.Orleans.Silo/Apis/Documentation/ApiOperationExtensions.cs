using System.Reflection;

namespace Lepton.Orleans.Silo.Apis.Documentation;

/// <summary>Describes endpoints.</summary>
internal static class ApiOperationExtensions
{
    // The API explorer lists only endpoints that carry a method; which one does not matter, the operation says the rest.
    private static readonly MethodInfo Listed = typeof(RequestDelegate).GetMethod(nameof(RequestDelegate.Invoke))!;

    /// <summary>Puts an endpoint into the OpenAPI document.</summary>
    public static TBuilder Describe<TBuilder>(this TBuilder builder, ApiOperation operation)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithName(operation.Name).WithTags(operation.Tag).WithSummary(operation.Summary).WithMetadata(operation, Listed);
}
