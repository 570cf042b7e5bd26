using System.Text.Json.Serialization;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Lepton.Orleans.Silo.Apis.Documentation;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and the page that shows it at <c>/docs</c>.</summary>
internal static class ApiDocumentation
{
    /// <summary>The name of the key's scheme in the document.</summary>
    public const string SecurityScheme = "ApiKey";

    private const string DocumentName = "v1";

    /// <summary>The name under which the document keeps a type's schema.</summary>
    public static string SchemaId(Type type) =>
        type.Name.EndsWith("Document", StringComparison.Ordinal) ? type.Name[..^"Document".Length] : type.Name;

    /// <summary>Adds what writes the document.</summary>
    public static IServiceCollection AddApiDocumentation(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options =>
        {
            // The schemas are made with these: names as they stand in the contracts, numbers as numbers.
            options.SerializerOptions.PropertyNamingPolicy = null;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            foreach (var converter in JsonResponse.SerializerOptions.Converters)
            {
                options.SerializerOptions.Converters.Add(converter);
            }
        });
        services.AddOpenApi(DocumentName, options =>
        {
            options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : SchemaId(type.Type);
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Lepton",
                    Version = typeof(ApiDocumentation).Assembly.GetName().Version?.ToString(3) ?? "",
                    Description = "Real-time recommendations. Paths and fields under /api are those of Gorse, so its clients work unchanged.",
                };
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes[SecurityScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = ApiKeyRing.Header,
                    Description = $"A key of {Security.ApiKeyOptions.Section}; needed where any are configured.",
                };
                return Task.CompletedTask;
            });
            options.AddOperationTransformer<OperationTransformer>();
        });
        return services;
    }

    /// <summary>Maps the document, its page, and the way there from <c>/</c>.</summary>
    public static void MapApiDocumentation(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowWithoutKey();

        // Everything the page needs comes from this process: no fonts, scripts or services of others.
        app.MapScalarApiReference("/docs", options => options
            .WithTitle("Lepton")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()).AllowWithoutKey();
        app.MapGet("/", static context =>
        {
            context.Response.Redirect("/docs");
            return Task.CompletedTask;
        }).AllowWithoutKey().ExcludeFromDescription();
    }
}
