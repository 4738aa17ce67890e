{{- define "web.validate.kind" -}}
{{- if not (has .Values.kind (list "web" "worker")) }}
kind must be web or worker
{{- end }}
{{- end }}
{{- define "web.validate.port" -}}
{{- if and .Values.enabled (lt (int .Values.port) 1) }}
port must be above 0
{{- end }}
{{- end }}
{{- define "web.validate" -}}
{{- $messages := list -}}
{{- $messages = append $messages (include "web.validate.kind" .) -}}
{{- $messages = append $messages (include "web.validate.port" .) -}}
{{- $message := without $messages "" | join "\n" -}}
{{- if $message }}{{ printf "\nVALUES:%s" $message | fail }}{{ end }}
{{- end }}
