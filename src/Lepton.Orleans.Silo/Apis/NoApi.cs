using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>What a silo without the role <c>api</c> answers.</summary>
internal static class NoApi
{
    private static readonly Problem Misdirected = new(
        StatusCodes.Status421MisdirectedRequest,
        "This silo does not have the role api (Lepton:Roles); send the request to one that has. It answers for its health alone: /api/health/ready, /api/health/live.");

    /// <summary>Maps all routes of the API but those of <see cref="HealthApi"/> to a refusal.</summary>
    public static void MapNoApi(this IEndpointRouteBuilder app) =>
        app.Map("/api/{**route}", static context => Misdirected.WriteAsync(context)).AllowWithoutKey();
}
