{{- define "web.yaml" -}}
{{ toYaml .of }}
{{- end -}}
{{- define "web.any" -}}
{{- range $key, $value := . }}
{{ $key }}: {{ $value }}
{{- end }}
{{- end -}}
