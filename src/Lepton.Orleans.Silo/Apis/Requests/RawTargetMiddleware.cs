using Microsoft.AspNetCore.Http.Features;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>Lets routing see the path as <see cref="RawTarget"/> reads it. Stands before routing.</summary>
internal sealed class RawTargetMiddleware(RequestDelegate next)
{
    /// <summary>Runs the request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestFeature>() is { RawTarget: { Length: > 0 } target } && !RawTarget.IsPlain(target)
            && RawTarget.Decode(target) is ['/', ..] path)
        {
            // Through the constructor: the conversion from a string would decode what is decoded already.
            context.Request.Path = new PathString(path);
        }

        return next(context);
    }
}
