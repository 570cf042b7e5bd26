namespace Lepton.Orleans.Silo.Security;

/// <summary>
/// Checks the key of a request. Stands behind routing: an endpoint that says nothing asks for <see cref="ApiRole.Read"/>
/// on GET, <see cref="ApiRole.Admin"/> on DELETE and <see cref="ApiRole.Write"/> otherwise.
/// </summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, ApiKeyRing ring)
{
    /// <summary>Runs the request, or refuses it.</summary>
    /// <exception cref="AccessDeniedException">The caller may not.</exception>
    public Task InvokeAsync(HttpContext context)
    {
        if (!ring.IsEmpty && context.GetEndpoint() is { } endpoint && NeededRole(endpoint, context.Request.Method) is { } needed)
        {
            ring.Demand(context, needed, endpoint.Metadata.GetMetadata<AccessRequirement>() is { IsForBrowsers: true } && HttpMethods.IsGet(context.Request.Method));
        }

        return next(context);
    }

    private static ApiRole? NeededRole(Endpoint endpoint, string method)
    {
        if (endpoint.Metadata.GetMetadata<AccessRequirement>() is { } requirement)
        {
            return requirement.Role;
        }

        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? ApiRole.Read
            : HttpMethods.IsDelete(method) ? ApiRole.Admin
            : ApiRole.Write;
    }
}
